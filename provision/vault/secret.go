package vault

import (
	"path/filepath"
	"slices"
	"strings"
)

// looksSecret reports whether a file of this name usually holds a secret. Only
// the name is looked at: contents are the user's.
func looksSecret(name string) bool {
	name = strings.ToLower(name)
	switch filepath.Ext(name) {
	case ".pem", ".key", ".p12", ".pfx", ".p8", ".jks", ".keystore", ".kdbx", ".ppk", ".tfstate":
		return true
	case ".example", ".sample", ".template", ".pub", ".md":
		return false
	}
	if name == ".env" || strings.HasPrefix(name, ".env.") {
		return true
	}
	for _, prefix := range []string{"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials.", "secrets.", "client_secret", "service-account", "service_account"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"credentials", "secrets", ".netrc", "_netrc", ".pgpass", ".npmrc", ".pypirc", ".git-credentials", ".htpasswd",
		".dockercfg", ".vault-token", "kubeconfig", "wallet.dat", "terraform.tfvars", "application_default_credentials.json",
	}, name)
}
