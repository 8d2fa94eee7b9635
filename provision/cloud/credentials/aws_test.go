package credentials

import (
	"testing"

	"carapace/schema"
)

func TestCredentialsOfAWS(t *testing.T) {
	const (
		missing, invalid = schema.KindCredentialsMissing, schema.KindCredentialsInvalid
		creds, config    = "~/.aws/credentials", "~/.aws/config"
		keys             = "aws_access_key_id = testing\naws_secret_access_key = " + secret + "\n"
	)
	file := func(path, content string) map[string]string { return map[string]string{path: content} }
	for _, tt := range []credentialCase{
		{name: "nothing", kind: missing, says: "AWS_ACCESS_KEY_ID"},
		{name: "static keys", files: file(creds, "[default]\n"+keys), source: `~/.aws/credentials (profile "default")`},
		{name: "keys in config", files: file(config, "[default]\n"+keys), source: config},
		{name: "region only", files: file(config, "[default]\nregion = us-east-1\n"), kind: missing},
		{name: "comments and blank lines", files: file(creds, "# a\n\n[default]\n; b\n"+keys), source: creds},
		{name: "windows lines", files: file(creds, "[default]\r\naws_access_key_id=A1\r\naws_secret_access_key="+secret+"\r\n"), source: creds},
		{name: "file of another name", vars: map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "/c"}, files: file("/c", "[default]\n"+keys), source: "/c"},

		{name: "variables", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1", "AWS_SECRET_ACCESS_KEY": secret}, source: "environment"},
		{name: "half of the variables", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1"}, kind: invalid, says: "AWS_SECRET_ACCESS_KEY is missing"},
		{name: "web identity", vars: map[string]string{"AWS_ROLE_ARN": "a", "AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, source: "AWS_ROLE_ARN"},
		{name: "variables before a broken file", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1", "AWS_SECRET_ACCESS_KEY": secret}, files: file(creds, "junk"), source: "environment"},

		{name: "profile asked for", profile: "work", files: file(creds, "[work]\n"+keys), source: `"work"`},
		{
			name: "profile before variables", profile: "work", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1", "AWS_SECRET_ACCESS_KEY": secret},
			files: file(creds, "[default]\n"+keys), kind: missing, says: `there are: "default"`,
		},
		{name: "profile of the environment", vars: map[string]string{"AWS_PROFILE": "work"}, files: file(creds, "[work]\n"+keys), source: `"work"`},
		{name: "AWS_DEFAULT_PROFILE wins", vars: map[string]string{"AWS_PROFILE": "x", "AWS_DEFAULT_PROFILE": "work"}, files: file(creds, "[work]\n"+keys), source: `"work"`},
		{name: "quoted profile", profile: "my work", files: file(config, "[profile \"my work\"]\ncredential_process = /bin/x\n"), source: config},

		{name: "sso", files: file(config, "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n"), source: config},
		{name: "half of sso", files: file(config, "[default]\nsso_start_url = u\nsso_account_id = 1\n"), kind: invalid, says: "sso_role_name"},
		{name: "role", files: file(config, "[profile r]\nrole_arn = a\nsource_profile = default\n"), profile: "r", source: config},
		{name: "role of nothing", files: file(config, "[profile r]\nrole_arn = a\n"), profile: "r", kind: invalid, says: "source_profile"},
		{name: "process", files: file(creds, "[default]\ncredential_process = /bin/x\n"), source: creds},
		{name: "login", files: file(config, "[default]\nlogin_session = a\n"), source: config},

		{name: "no secret", files: file(creds, "[default]\naws_access_key_id = A1\n"), kind: invalid, says: "aws_secret_access_key is missing"},
		{name: "empty secret", files: file(creds, "[default]\naws_access_key_id = A1\naws_secret_access_key =\n"), kind: invalid, says: "aws_secret_access_key"},
		{name: "quotes", files: file(creds, "[default]\naws_access_key_id = \"A1\"\naws_secret_access_key = "+secret+"\n"), kind: invalid, says: "quotes"},
		{name: "space in the secret", files: file(creds, "[default]\naws_access_key_id = A1\naws_secret_access_key = "+secret+" x\n"), kind: invalid, says: "spaces"},
		{name: "placeholder", files: file(creds, "[default]\naws_access_key_id = <your key>\naws_secret_access_key = x\n"), kind: invalid, says: "placeholder"},
		{name: "id in the secret's place", files: file(creds, "[default]\naws_access_key_id = A1\naws_secret_access_key = AKIA0123456789ABCDEF\n"), kind: invalid, says: "looks like an access key's id"},

		{name: "no section", files: file(creds, keys), kind: invalid, says: "line 1 stands before the first"},
		{name: "junk", files: file(creds, "[default]\n"+secret+"\n"), kind: invalid, says: "line 2 is neither"},
		{name: "section twice", files: file(creds, "[default]\n"+keys+"[default]\n"), kind: invalid, says: "second time"},
		{name: "key twice", files: file(creds, "[default]\n"+keys+keys), kind: invalid, says: "second time"},
		{name: "unclosed section", files: file(creds, "[default\n"+keys), kind: invalid, says: "line 1"},
		{name: "byte order mark", files: file(creds, "\ufeff[default]\n"+keys), kind: invalid, says: "byte order mark"},
		{name: "config broken, credentials whole", files: map[string]string{creds: "[default]\n" + keys, config: "oops"}, kind: invalid, says: config},
		{name: "denied", files: file(creds, "DENIED"), kind: invalid, says: "permission denied"},
	} {
		tt.cloud = "aws"
		t.Run(tt.name, tt.check)
	}
}
