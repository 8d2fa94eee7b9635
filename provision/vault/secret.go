package vault

import (
	"path/filepath"
	"strings"

	"carapace/schema/text"
)

// secretByExtension is what files with these endings usually hold.
var secretByExtension = []secret{
	{".pem", &text.SecretKeyOrCertificate},
	{".key", &text.SecretKey},
	{".p8", &text.SecretKey},
	{".ppk", &text.SecretPuTTY},
	{".p12", &text.SecretKeyAndCertificate},
	{".pfx", &text.SecretKeyAndCertificate},
	{".jks", &text.SecretJava},
	{".keystore", &text.SecretJava},
	{".kdbx", &text.SecretKeePass},
	{".tfstate", &text.SecretTerraformState},
}

// secretByPrefix is what files usually hold whose names begin so.
var secretByPrefix = []secret{
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
var secretByName = []secret{
	{".env", &text.SecretEnvironment},
	{"credentials", &text.SecretCredentials},
	{"secrets", &text.SecretSecrets},
	{".netrc", &text.SecretServers},
	{"_netrc", &text.SecretServers},
	{".pgpass", &text.SecretDatabases},
	{".npmrc", &text.SecretNPM},
	{".pypirc", &text.SecretPyPI},
	{".git-credentials", &text.SecretGit},
	{".htpasswd", &text.SecretWebServer},
	{".dockercfg", &text.SecretDocker},
	{".vault-token", &text.SecretHashiCorp},
	{"kubeconfig", &text.SecretKubernetes},
	{"wallet.dat", &text.SecretWallet},
	{"terraform.tfvars", &text.SecretTerraformVariables},
	{"application_default_credentials.json", &text.SecretGoogle},
}

// secret says what a file usually holds whose name is, ends or begins so.
type secret struct {
	name  string
	tells *text.Entry
}

// find returns what the first one tells whose name matches, nil for none.
func find(among []secret, matches func(name string) bool) *text.Entry {
	for _, s := range among {
		if matches(s.name) {
			return s.tells
		}
	}
	return nil
}

// secretIn is what a file of this name usually holds that is secret, nil for nothing. Only
// the name is looked at: contents are the user's.
func secretIn(name string) *text.Entry {
	name = strings.ToLower(name)
	extension := filepath.Ext(name)
	if tells := find(secretByExtension, func(end string) bool { return end == extension }); tells != nil {
		return tells
	}
	switch extension {
	case ".example", ".sample", ".template", ".pub", ".md":
		return nil
	}
	if tells := find(secretByPrefix, func(beginning string) bool { return strings.HasPrefix(name, beginning) }); tells != nil {
		return tells
	}
	return find(secretByName, func(whole string) bool { return whole == name })
}
