package vault

import (
	"path/filepath"
	"strings"
)

// secretByExtension is what files with these endings usually hold.
var secretByExtension = map[string]string{
	".pem": "a private key or a certificate", ".key": "a private key", ".p8": "a private key", ".ppk": "a private key (PuTTY)",
	".p12": "a private key with its certificate", ".pfx": "a private key with its certificate",
	".jks": "keys (Java)", ".keystore": "keys (Java)", ".kdbx": "passwords (KeePass)", ".tfstate": "the state of Terraform, with passwords in it",
}

// secretByPrefix is what files usually hold whose names begin so.
var secretByPrefix = []struct{ prefix, why string }{
	{"id_rsa", "a private SSH key"},
	{"id_dsa", "a private SSH key"},
	{"id_ecdsa", "a private SSH key"},
	{"id_ed25519", "a private SSH key"},
	{"credentials.", "credentials"},
	{"secrets.", "secrets"},
	{"client_secret", "the secret of an OAuth client"},
	{"service-account", "the key of a service account"},
	{"service_account", "the key of a service account"},
	{".env.", "environment variables, with passwords among them"},
}

// secretByName is what files of these names usually hold.
var secretByName = map[string]string{
	".env": "environment variables, with passwords among them", "credentials": "credentials", "secrets": "secrets",
	".netrc": "passwords of servers", "_netrc": "passwords of servers", ".pgpass": "passwords of databases", ".npmrc": "a token of npm", ".pypirc": "a token of PyPI",
	".git-credentials": "passwords of Git servers", ".htpasswd": "passwords of a web server", ".dockercfg": "passwords of Docker registries",
	".vault-token": "a token of HashiCorp Vault", "kubeconfig": "access to a Kubernetes cluster", "wallet.dat": "a wallet of a cryptocurrency",
	"terraform.tfvars": "the variables of Terraform, with passwords among them", "application_default_credentials.json": "credentials of Google Cloud",
}

// secretIn is what a file of this name usually holds that is secret, "" for nothing. Only
// the name is looked at: contents are the user's.
func secretIn(name string) (why string) {
	name = strings.ToLower(name)
	extension := filepath.Ext(name)
	if why := secretByExtension[extension]; why != "" {
		return why
	}
	switch extension {
	case ".example", ".sample", ".template", ".pub", ".md":
		return ""
	}
	for _, p := range secretByPrefix {
		if strings.HasPrefix(name, p.prefix) {
			return p.why
		}
	}
	return secretByName[name]
}
