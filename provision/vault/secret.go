package vault

import (
	"path/filepath"
	"strings"

	"carapace/schema/text"
)

// secretByExtension is what files with these endings usually hold.
var secretByExtension = map[string]*text.Entry{
	".pem": &text.SecretKeyOrCertificate, ".key": &text.SecretKey, ".p8": &text.SecretKey, ".ppk": &text.SecretPuTTY,
	".p12": &text.SecretKeyAndCertificate, ".pfx": &text.SecretKeyAndCertificate,
	".jks": &text.SecretJava, ".keystore": &text.SecretJava, ".kdbx": &text.SecretKeePass, ".tfstate": &text.SecretTerraformState,
}

// secretByPrefix is what files usually hold whose names begin so.
var secretByPrefix = []struct {
	prefix string
	tells  *text.Entry
}{
	{"id_rsa", &text.SecretSSHKey},
	{"id_dsa", &text.SecretSSHKey},
	{"id_ecdsa", &text.SecretSSHKey},
	{"id_ed25519", &text.SecretSSHKey},
	{"credentials.", &text.SecretCredentials},
	{"secrets.", &text.SecretSecrets},
	{"client_secret", &text.SecretOAuth},
	{"service-account", &text.SecretServiceAccount},
	{"service_account", &text.SecretServiceAccount},
	{".env.", &text.SecretEnvironment},
}

// secretByName is what files of these names usually hold.
var secretByName = map[string]*text.Entry{
	".env": &text.SecretEnvironment, "credentials": &text.SecretCredentials, "secrets": &text.SecretSecrets,
	".netrc": &text.SecretServers, "_netrc": &text.SecretServers, ".pgpass": &text.SecretDatabases, ".npmrc": &text.SecretNPM, ".pypirc": &text.SecretPyPI,
	".git-credentials": &text.SecretGit, ".htpasswd": &text.SecretWebServer, ".dockercfg": &text.SecretDocker,
	".vault-token": &text.SecretHashiCorp, "kubeconfig": &text.SecretKubernetes, "wallet.dat": &text.SecretWallet,
	"terraform.tfvars": &text.SecretTerraformVariables, "application_default_credentials.json": &text.SecretGoogle,
}

// secretIn is what a file of this name usually holds that is secret, nil for nothing. Only
// the name is looked at: contents are the user's.
func secretIn(name string) *text.Entry {
	name = strings.ToLower(name)
	extension := filepath.Ext(name)
	if tells := secretByExtension[extension]; tells != nil {
		return tells
	}
	switch extension {
	case ".example", ".sample", ".template", ".pub", ".md":
		return nil
	}
	for _, p := range secretByPrefix {
		if strings.HasPrefix(name, p.prefix) {
			return p.tells
		}
	}
	return secretByName[name]
}
