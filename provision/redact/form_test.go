package redact

import (
	"strings"
	"testing"
)

const (
	forty  = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"
	keyRow = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
)

// secretForms hold their secret between « and ».
var secretForms = []string{
	"key «AKIAIOSFODNN7EXAMPLE» is", "\"«ASIAIOSFODNN7EXAMPLE»\"", "«AROAIOSFODNN7EXAMPLE»:session",
	"«ghp_abcdefghijklmnopqrstuvwxyz0123456789»", "«gho_abcdefghijklmnopqrst»", "«ghs_abcdefghijklmnopqrst».",
	"«github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz»", "«glpat-abcdefghij_klmnopqrs»",
	"«hf_abcdefghijklmnopqrstuvwxyzABCDEFGH»", "«dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef»",
	"«sk-abcdefghijklmnopqrstuvwxyz0123456789»", "«sk-proj-abcDEF123_456-ghi789_JKLmno»", "«sk_live_abcdefghijklmnop012345»",
	"«sk-ant-api03-abcDEF123-456ghi789JKLmno»", "«xoxb-0123456789-abcdef»", "«xoxp-0123456789-abcdef»",
	"«ya29.a0AfH6SMBabcdefghijkl-mnop»", "«AIzaSyA0123456789abcdefghijklmnopqrstuv»",
	"«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N»",
	"«sky_abcdefghijklmnopqrstuvwxyz»",

	"postgres://me:«hunter2»@db:5432/x", "https://me:«p@ss:word»@host/path?x=1", "redis://:«hunter2»@cache",
	"git clone https://«0123456789abcdef0123456789»@github.com/x/y", `"url": "amqp://u:«pw»@h"`,
	"https://h/p?token=«abc»&x=1", "https://h/p?x=1&sig=«a%2Fb»", "https://h/p?X-Amz-Signature=«00ff» x", "https://h/p?a=b&key=«k»",
	"https://s3/x?X-Amz-Security-Token=«IQoJb3»&b", "?signature=«x»\"",

	"aws_secret_access_key = «" + forty + "»", "AWS_SECRET_ACCESS_KEY=«" + forty + "»", "export AWS_SESSION_TOKEN='«a b c»'",
	`{"SecretAccessKey": "«` + forty + `»", "SessionToken": "«short»"}`, `{'password': '«a "b" c»', 'n': 1}`,
	`{\"password\": \"«hunter2»\", \"n\": 1}`, `{\\\"api_key\\\":\\\"«hunter2»\\\"}`, `"password": "«with \" a quote»", "n": 1`,
	"password: «hunter2»", "Password=«hunter2»;Server=x", "passwd=«hunter2»&x=1", "api-key: «hunter2»", "X-API-Key: «hunter2»",
	"client_secret=«hunter2», x", "AccountKey=«abc/def+ghi==»;End", "db_password: \"«never closed",
	"passphrase: «hunter2»\nnext: line", "privateKey: '«a b»'\nnext", "auth_token=«0123»", "refresh_token: «1//0abc»", "security_token=«abcd»",

	"Authorization: Bearer «abc.def-ghi»", "authorization: basic «dXNlcjpwYXNz» x", `"Authorization": "Bearer «abc»"`, `-H 'Authorization: Bearer «abc»'`,

	"-----BEGIN PRIVATE KEY-----«\nMIIE\nvQIB\n»-----END PRIVATE KEY-----\n", `"-----BEGIN RSA PRIVATE KEY-----«\nMIIE\n»-----END RSA PRIVATE KEY-----\n"`,
	"-----BEGIN OPENSSH PRIVATE KEY-----«\nb3BlbnNza", "«" + keyRow + "»", "  «" + keyRow + "»\r", "(setup, pid=1) «" + keyRow + "»\nx", "x\n    «" + keyRow + "»\ny",
}

func TestSecretForms(t *testing.T) {
	for _, marked := range secretForms {
		text := strings.NewReplacer("«", "", "»", "").Replace(marked)
		want := replaceMarked(marked)
		r := &Redactor{}
		got := r.String(text)
		if got != want {
			t.Errorf("%q became\n%q, want\n%q", text, got, want)
		}
		if again := r.String(got); again != got {
			t.Errorf("%q became %q the second time", got, again)
		}
	}
}

func replaceMarked(marked string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(marked, "«")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteString(Mask)
		_, marked, _ = strings.Cut(rest, "»")
	}
}

// TestNoSecrets: what looks a little like one.
func TestNoSecrets(t *testing.T) {
	for _, text := range []string{
		"us-east-1a", "i-0123456789abcdef0", "ami-0123456789abcdef0", "arn:aws:iam::123456789012:role/skypilot-v1",
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709", "f555b659-08a0-4dd5-889d-ed174f66b54b", "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
		"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU root@host", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ5aGtqaHNkZmtqaHNka2ZqaHNka2ZqaGtz",
		"AAAAC3NzaC1lZDI1NTE5AAAAIGJ5aGtqaHNkZmtqaHNka2ZqaHNka2ZqaGtz9Z",
		"The security token included in the request is invalid.", "ExpiredToken: the token has expired", "expired-token-cleanup-daemon",
		"An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation", "max_tokens=2048", "eos_token: </s>", "Enter your password:", "password: ", "password=abc",
		"passwords are not supported", "Permission denied (publickey,password).", "cat: /etc/passwd: No such file or directory", "api_key: None", "password=null", `"password": ""`,
		"Make sure that the access and secret keys are correct.", "secret key", "authorization: none", "Authorization failed: retry", "basic authentication",
		"https://host/path?page=2&tokens=3", "https://user@host/x", "ssh://git@github.com/x/y", "http://localhost:46580/health", "https://h/a:b@c", "://:x@y",
		"sk-my-experiment-2026-11-23-again", "sk-learn-contrib-preprocessing-tools", "sky_logs/sky-2026-11-23-06-26-18-979319", "AKIA", "AKIAIOSFODNN7EXAMPLES", "xAKIAIOSFODNN7EXAMPLE",
		"eyJ", "eyJhbGciOiJIUzI1NiJ9", "eyJa.b.c", "ghp_short", "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", "-----BEGIN ", "----------",
		"/very/long/path/Without/Any/Space/But/With/Capitals/And/9/Digits/In/It/x.txt", "", "\\", "%", "100%", "45%|████ | 3/7 [00:01<00:02]", `C:\Users\x`,
	} {
		if got := (&Redactor{}).String(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
