package credentials

import (
	"crypto/sha1" //nolint:gosec // the name that the AWS CLI gives a file
	"encoding/hex"
	"encoding/json"
	"runtime"
	"strings"
	"time"

	"carapace/schema/text"
)

// What an AWS profile needs besides what stands in it, as botocore looks for it.

const processKey = "credential_process"

// keysProblem says what is wrong with a section's keys. Those of a session may have
// the date of their end beside them: the AWS CLI's export, saml2aws and others write
// it for others to read.
func keysProblem(e Environment, section map[string]string) problem {
	const id, secret = "aws_access_key_id", "aws_secret_access_key"
	if p := malformed(malformedAWSKeys(id, section[id], secret, section[secret])); p.is() || section["aws_session_token"] == "" {
		return p
	}
	for _, key := range []string{"aws_session_expiration", "x_security_token_expires"} {
		if end, ok := parseDate(section[key]); ok && !e.now().Before(end) {
			return expired(text.New(&text.FaultSessionEnded, text.Args{"ended": end, "key": key}), text.New(&text.HintNewSession))
		}
	}
	return problem{}
}

// roleProblem says what a role lacks: something to assume it with.
func (a awsFiles) roleProblem(e Environment, name string, section map[string]string) problem {
	switch {
	case section["source_profile"] != "":
		return a.sourceProblem(e, section["source_profile"], []string{name})
	case section["credential_source"] != "":
		switch section["credential_source"] {
		case "Environment", "Ec2InstanceMetadata", "EcsContainer":
			return problem{}
		}
		return malformed(text.New(&text.FaultSource))
	case section["web_identity_token_file"] != "":
		if !e.exists(section["web_identity_token_file"]) {
			return incomplete(text.New(&text.FaultNoTokenFile), text.New(&text.HintCorrectTokenPath))
		}
		return problem{}
	}
	return malformed(text.New(&text.FaultRole))
}

// sourceProblem says what is wrong with the profile that a role is assumed with;
// seen are those that led there, which must not come again.
func (a awsFiles) sourceProblem(e Environment, from string, seen []string) problem {
	config, keys := a.sections(from)
	switch {
	case config == nil && keys == nil:
		return incomplete(text.New(&text.FaultNoSource, text.Args{"profile": from}), text.New(&text.HintMakeProfile, text.Args{"profile": from}))
	case hasAWSKeys(keys) || hasAWSKeys(config):
		// With keys of its own a profile may even name itself.
		if hasAWSKeys(keys) {
			return keysProblem(e, keys)
		}
		return keysProblem(e, config)
	}
	for _, earlier := range seen {
		if earlier == from {
			return malformed(text.New(&text.FaultSourceCircle, text.Args{"profile": from}))
		}
	}
	section := config
	if section["role_arn"] == "" {
		section = keys
	}
	if next := section["source_profile"]; section["role_arn"] != "" && next != "" {
		return a.sourceProblem(e, next, append(seen, from))
	}
	f := a.profile(e, from)
	switch {
	case f.problem.is():
		f.problem.said = text.New(&text.FaultInSource, text.Args{"profile": from, "fault": f.problem.said})
		return f.problem
	case !f.found:
		return incomplete(text.New(&text.FaultSourceEmpty, text.Args{"profile": from}), text.New(&text.HintConfigure, text.Args{"profile": from}))
	}
	return problem{}
}

// ssoProblem says what keeps a single sign-on from being used.
func (a awsFiles) ssoProblem(e Environment, name string, section map[string]string) problem {
	if p := malformed(missingKey([]string{"sso_account_id", "sso_role_name"}, optionsOf(section))); p.is() {
		p.hint = text.New(&text.HintConfigureSSO, text.Args{"profile": name})
		return p
	}
	session, login := section["sso_session"], section["sso_start_url"]
	if session != "" {
		found := a.config["sso-session "+session]
		if found == nil {
			return incomplete(text.New(&text.FaultNoSession, text.Args{"session": session}), text.New(&text.HintConfigureAnySSO))
		}
		if p := malformed(missingKey([]string{"sso_start_url", "sso_region"}, optionsOf(found))); p.is() {
			p.said = text.New(&text.FaultInSession, text.Args{"session": session, "fault": p.said})
			return p
		}
		login = session
	}
	return loginProblem(e, name, login)
}

// ssoToken is what "aws sso login" leaves.
type ssoToken struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	AccessToken  string `json:"accessToken"`
	ExpiresAt    string `json:"expiresAt"`
	RefreshToken string `json:"refreshToken"`
	Registration string `json:"registrationExpiresAt"`
}

// loginProblem looks at the token of a login, which stands under the hash of the
// session's name, or of the address in the older form. botocore renews one that has
// ended, if there is a token for that and its client is still registered.
func loginProblem(e Environment, name, login string) problem {
	hint := text.New(&text.HintLoginSSO, text.Args{"profile": name})
	hash := sha1.Sum([]byte(login)) //nolint:gosec // as above
	content, found, wrong := e.read(e.expand("~/.aws/sso/cache/" + hex.EncodeToString(hash[:]) + ".json"))
	var token ssoToken
	switch {
	case wrong.is():
		return wrong
	case !found:
		return expired(text.New(&text.FaultNobody), hint)
	case json.Unmarshal(content, &token) != nil || token.AccessToken == "":
		return expired(text.New(&text.FaultLoginUnread), hint)
	}
	end, ok := parseDate(token.ExpiresAt)
	if !ok || e.now().Before(end) {
		return problem{}
	}
	if registered, ok := parseDate(token.Registration); ok && token.RefreshToken != "" && e.now().Before(registered) {
		return problem{}
	}
	return expired(text.New(&text.FaultLoginEnded, text.Args{"ended": end}), hint)
}

// processProblem says whether the program of a credential_process is there. The
// command itself is never shown: a password may stand in it.
func processProblem(e Environment, command string) problem {
	program := firstWord(command)
	if program == "" {
		return malformed(text.New(&text.FaultNoProcess))
	}
	if !e.LookPath(program) {
		return incomplete(text.New(&text.FaultProcessMissing), text.New(&text.HintInstallProcess))
	}
	return problem{}
}

// firstWord is the first word of a command, as a shell would cut it.
func firstWord(command string) string {
	var word strings.Builder
	var quote rune
	escaped := false
	for _, r := range strings.TrimSpace(command) {
		switch {
		case escaped:
			escaped = false
			word.WriteRune(r)
		case r == '\\' && quote != '\'' && runtime.GOOS != "windows":
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case quote == 0 && (r == ' ' || r == '\t'):
			return word.String()
		default:
			word.WriteRune(r)
		}
	}
	return word.String()
}

// parseDate reads a date as the AWS tools write them: with Z, an offset, or "UTC".
func parseDate(written string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05UTC"} {
		if t, err := time.Parse(layout, strings.TrimSpace(written)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
