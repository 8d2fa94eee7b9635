package credentials

import (
	"crypto/sha1" // the name that the AWS CLI gives a file
	"encoding/hex"
)

// awsCases are what can stand in AWS's files and variables.
func awsCases() []credentialCase {
	const (
		creds, config = "~/.aws/credentials", "~/.aws/config"
		keys          = "aws_access_key_id = testing\naws_secret_access_key = " + secret + "\n"
		session       = keys + "aws_session_token = " + secret + "\n"
		sso           = "[profile w]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n"
		section       = "[sso-session s]\nsso_start_url = https://x.org\nsso_region = us-east-1\n"
		itRuns        = "the judge would run the program"
		older         = "[default]\nsso_start_url = https://x.org\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r\n"
		role          = "[profile r]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = "
	)
	file := func(path, content string) map[string]string { return map[string]string{path: content} }
	// login adds the token of a login to a configuration.
	login := func(content, of, token string) map[string]string {
		hash := sha1.Sum([]byte(of))
		return map[string]string{config: content, "~/.aws/sso/cache/" + hex.EncodeToString(hash[:]) + ".json": token}
	}
	token := func(expires, more string) string {
		return `{"accessToken":"` + secret + `","startUrl":"https://x.org","region":"us-east-1","expiresAt":"` + expires + `"` + more + `}`
	}
	renewable := `,"refreshToken":"` + secret + `","clientId":"i","clientSecret":"` + secret + `","registrationExpiresAt":`
	const good, past = "2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
	cases := []credentialCase{
		{name: "nothing", kind: missingKind, says: "AWS_ACCESS_KEY_ID"},
		{name: "static keys", files: file(creds, "[default]\n"+keys), source: `~/.aws/credentials (profile "default")`},
		{name: "keys in config", files: file(config, "[default]\n"+keys), source: config},
		{name: "region only", files: file(config, "[default]\nregion = us-east-1\n"), kind: missingKind},
		{name: "comments and blank lines", files: file(creds, "# a\n\n[default]\n; b\n"+keys), source: creds},
		{name: "windows lines", files: file(creds, "[default]\r\naws_access_key_id=A1\r\naws_secret_access_key="+secret+"\r\n"), source: creds},
		{name: "file of another name", vars: map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "~/c"}, files: file("~/c", "[default]\n"+keys), source: "~/c"},

		{name: "variables", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1", "AWS_SECRET_ACCESS_KEY": secret}, source: "environment"},
		{name: "half of the variables", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1"}, kind: invalidKind, problem: malformedKind, says: "AWS_SECRET_ACCESS_KEY is missing"},
		{name: "web identity", vars: map[string]string{"AWS_ROLE_ARN": "arn:aws:iam::1:role/one", "AWS_WEB_IDENTITY_TOKEN_FILE": "~/t"}, files: file("~/t", "token"), source: "AWS_ROLE_ARN"},
		{name: "variables beside a broken file", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1", "AWS_SECRET_ACCESS_KEY": secret}, files: file(creds, "junk"), kind: invalidKind, problem: malformedKind, says: creds, mend: "Correct that line"},
		{name: "variables beside a file that can't be read", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1", "AWS_SECRET_ACCESS_KEY": secret}, files: file(creds, denied), source: "environment", unjudged: asRoot},
		{name: "config beside credentials that can't be read", files: map[string]string{creds: denied, config: "[default]\n" + keys}, source: config, unjudged: asRoot},

		{name: "profile asked for", profile: "work", files: file(creds, "[work]\n"+keys), source: `"work"`},
		{
			name: "profile before variables", profile: "work", vars: map[string]string{"AWS_ACCESS_KEY_ID": "A1", "AWS_SECRET_ACCESS_KEY": secret},
			files: file(creds, "[default]\n"+keys), kind: missingKind, says: `there are: default`,
		},
		{name: "profile of the environment", vars: map[string]string{"AWS_PROFILE": "work"}, files: file(creds, "[work]\n"+keys), source: `"work"`},
		{name: "AWS_DEFAULT_PROFILE wins", vars: map[string]string{"AWS_PROFILE": "x", "AWS_DEFAULT_PROFILE": "work"}, files: file(creds, "[work]\n"+keys), source: `"work"`},
		{name: "quoted profile", profile: "my work", files: file(config, "[profile \"my work\"]\ncredential_process = /bin/x\n"), source: config, unjudged: itRuns},

		{name: "half of sso", files: file(config, "[default]\nsso_start_url = u\nsso_account_id = 1\n"), kind: invalidKind, problem: malformedKind, says: "sso_role_name"},
		{name: "role of nothing", files: file(config, "[profile r]\nrole_arn = a\n"), profile: "r", kind: invalidKind, problem: malformedKind, says: "source_profile"},
		{name: "process", files: file(creds, "[default]\ncredential_process = /bin/x\n"), source: creds, unjudged: itRuns},
		{name: "console login", files: file(config, "[default]\nlogin_session = a\n"), source: config, unjudged: "botocore needs a further library for it"},

		{name: "no secret", files: file(creds, "[default]\naws_access_key_id = A1\n"), kind: invalidKind, problem: malformedKind, says: "aws_secret_access_key is missing"},
		{name: "empty secret", files: file(creds, "[default]\naws_access_key_id = A1\naws_secret_access_key =\n"), kind: invalidKind, problem: malformedKind, says: "aws_secret_access_key", differs: afterCloud},
		{name: "quotes", files: file(creds, "[default]\naws_access_key_id = \"A1\"\naws_secret_access_key = "+secret+"\n"), kind: invalidKind, problem: malformedKind, says: "quotes", differs: afterCloud},
		{name: "space in the secret", files: file(creds, "[default]\naws_access_key_id = A1\naws_secret_access_key = "+secret+" x\n"), kind: invalidKind, problem: malformedKind, says: "spaces", differs: afterCloud},
		{name: "placeholder", files: file(creds, "[default]\naws_access_key_id = <your key>\naws_secret_access_key = x\n"), kind: invalidKind, problem: malformedKind, says: "placeholder", differs: aPlaceholder},
		{name: "id in the secret's place", files: file(creds, "[default]\naws_access_key_id = A1\naws_secret_access_key = AKIA0123456789ABCDEF\n"), kind: invalidKind, problem: malformedKind, says: "looks like an access key's id", differs: afterCloud},

		{name: "no section", files: file(creds, keys), kind: invalidKind, problem: malformedKind, says: "line 1 stands before the first"},
		{name: "junk", files: file(creds, "[default]\n"+secret+"\n"), kind: invalidKind, problem: malformedKind, says: "line 2 is neither"},
		{name: "section twice", files: file(creds, "[default]\n"+keys+"[default]\n"), kind: invalidKind, problem: malformedKind, says: "second time"},
		{name: "key twice", files: file(creds, "[default]\n"+keys+keys), kind: invalidKind, problem: malformedKind, says: "second time"},
		{name: "unclosed section", files: file(creds, "[default\n"+keys), kind: invalidKind, problem: malformedKind, says: "line 1"},
		{name: "byte order mark", files: file(creds, "\ufeff[default]\n"+keys), kind: invalidKind, problem: malformedKind, says: "byte order mark"},
		{name: "config broken, credentials whole", files: map[string]string{creds: "[default]\n" + keys, config: "oops"}, kind: invalidKind, problem: malformedKind, says: config},
		{name: "denied", files: file(creds, denied), kind: invalidKind, problem: unreadKind, says: "permission denied", mend: "chmod u+r ~/.aws/credentials", unjudged: asRoot},

		{name: "session", files: file(creds, "[default]\n"+session+"aws_session_expiration = "+good+"\n"), source: creds},
		{name: "session that has ended", files: file(creds, "[default]\n"+session+"aws_session_expiration = "+past+"\n"), kind: invalidKind, problem: expiredKind, says: "the session ended on", mend: "new session keys", differs: "botocore does not read that date; AWS refuses the keys"},
		{name: "an old date without a session", files: file(creds, "[default]\n"+keys+"aws_session_expiration = "+past+"\n"), source: creds},
		{name: "login", profile: "w", files: login(sso+section, "s", token(good, "")), source: config},
		{name: "login that has ended", profile: "w", files: login(sso+section, "s", token(past, "")), kind: invalidKind, problem: expiredKind, says: "the login ended on", mend: `aws sso login --profile "w"`},
		{name: "login that renews itself", profile: "w", files: login(sso+section, "s", token(past, renewable+`"`+good+`"`)), source: config},
		{name: "login that can't renew itself any more", profile: "w", files: login(sso+section, "s", token(past, renewable+`"`+past+`"`)), kind: invalidKind, problem: expiredKind},
		{name: "never logged in", profile: "w", files: file(config, sso+section), kind: invalidKind, problem: expiredKind, says: "nobody is logged in", mend: "aws sso login"},
		{name: "older login", files: login(older, "https://x.org", token(good, "")), source: config},
		{name: "older login that has ended", files: login(older, "https://x.org", token("2020-06-14T16:30:00UTC", "")), kind: invalidKind, problem: expiredKind, says: "2020"},
		{name: "no session of that name", profile: "w", files: file(config, sso), kind: invalidKind, problem: incompleteKind, says: "[sso-session s]", mend: "aws configure sso"},
		{name: "session without an address", profile: "w", files: file(config, sso+"[sso-session s]\nsso_region = r\n"), kind: invalidKind, problem: malformedKind, says: "sso_start_url"},

		{name: "role of keys", profile: "r", files: file(config, role+"base\n[profile base]\n"+keys), source: config},
		{name: "role of a role", profile: "r", files: file(config, role+"mid\n[profile mid]\nrole_arn = arn:aws:iam::1:role/y\nsource_profile = base\n[profile base]\n"+keys), source: config},
		{name: "role of itself with keys", profile: "r", files: file(config, role+"r\n"+keys), source: config},
		{name: "role of itself", profile: "r", files: file(config, role+"r\n"), kind: invalidKind, problem: malformedKind, says: "leads back"},
		{name: "role of a ring", profile: "r", files: file(config, role+"mid\n[profile mid]\nrole_arn = arn:aws:iam::1:role/y\nsource_profile = r\n"), kind: invalidKind, problem: malformedKind, says: "leads back"},
		{name: "role of no profile", profile: "r", files: file(config, role+"none\n"), kind: invalidKind, problem: incompleteKind, says: `source_profile "none" is not there`, mend: `aws configure --profile "none"`},
		{name: "role of an empty profile", profile: "r", files: file(config, role+"base\n[profile base]\nregion = r\n"), kind: invalidKind, problem: incompleteKind, says: "holds no credentials"},
		{name: "role of a login that has ended", profile: "r", files: login(role+"w\n"+sso+section, "s", token(past, "")), kind: invalidKind, problem: expiredKind, says: `in its source_profile "w"`},
		{name: "role of the environment", profile: "r", files: file(config, "[profile r]\nrole_arn = a\ncredential_source = Environment\n"), source: config, differs: "there are no keys in the environment: only a request tells"},
		{name: "role of something else", profile: "r", files: file(config, "[profile r]\nrole_arn = a\ncredential_source = Elsewhere\n"), kind: invalidKind, problem: malformedKind, says: "credential_source"},
		{name: "role without its token", profile: "r", files: file(config, "[profile r]\nrole_arn = a\nweb_identity_token_file = ~/none\n"), kind: invalidKind, problem: incompleteKind, says: "web_identity_token_file"},
		{name: "web identity without its token", vars: map[string]string{"AWS_ROLE_ARN": "a", "AWS_WEB_IDENTITY_TOKEN_FILE": "~/none"}, kind: invalidKind, problem: incompleteKind, says: "AWS_WEB_IDENTITY_TOKEN_FILE"},
		{name: "process without its program", files: file(config, "[default]\ncredential_process = \"/opt/a tool/x\" --password "+secret+"\n"), without: "/opt/a tool/x", kind: invalidKind, problem: incompleteKind, says: "the program of its credential_process"},
	}
	for i := range cases {
		cases[i].cloud = "aws"
	}
	return cases
}
