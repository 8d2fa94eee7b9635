package credentials

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"carapace/schema"
	"carapace/schema/text"
)

// awsFiles are the two files in which AWS profiles stand.
type awsFiles struct {
	credentialsPath, configPath string
	credentials, config         iniFile
}

// findAWS looks where boto3 does, in its order: variables (not when a profile is
// asked for by name), then the profile's role, single sign-on, keys, process or
// login in the credentials and configuration files. An instance's own role can't
// be seen without the network and counts as nothing found.
func findAWS(e Environment, profile string) finding {
	files, bad := readAWSFiles(e)
	if bad.problem.kind == schema.ProblemMalformed {
		return bad
	}
	if profile == "" {
		if f := findAWSVars(e); f.found || f.problem.is() {
			return f
		}
	}
	named := profile != ""
	if !named {
		profile, named = awsProfile(e)
	}
	if f := files.profile(e, profile); f.found || f.problem.is() {
		return f
	}
	if bad.problem.is() {
		return bad
	}
	return finding{looked: files.looked(profile, named)}
}

// awsProfile is the profile that the environment asks for; boto3 reads
// AWS_DEFAULT_PROFILE first (botocore/configprovider.py).
func awsProfile(e Environment) (profile string, named bool) {
	for _, name := range []string{"AWS_DEFAULT_PROFILE", "AWS_PROFILE"} {
		if profile := e.Getenv(name); profile != "" {
			return profile, true
		}
	}
	return "default", false
}

// findAWSVars looks at the variables that are credentials by themselves.
func findAWSVars(e Environment) finding {
	const idVar, secretVar, tokenFileVar = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE"
	id, secret := e.Getenv(idVar), e.Getenv(secretVar)
	if id != "" {
		f := finding{found: true, source: text.New(&text.PlaceVariables, text.Args{"variable": idVar, "further": secretVar}), problem: malformed(malformedAWSKeys(idVar, id, secretVar, secret))}
		if f.problem.is() {
			f.problem.hint = text.New(&text.HintUnsetVariables)
		}
		return f
	}
	for _, vars := range [][]string{
		{"AWS_ROLE_ARN", tokenFileVar},
		{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI"},
	} {
		if f := (source{vars: vars}).find(e); f.found {
			if slices.Contains(vars, tokenFileVar) && !e.exists(e.Getenv(tokenFileVar)) {
				f.problem = incomplete(text.New(&text.FaultNoNamedFile, text.Args{"variable": tokenFileVar}), text.New(&text.HintPutToken, text.Args{"variable": tokenFileVar}))
			}
			return f
		}
	}
	return finding{}
}

// readAWSFiles parses both files. One that is malformed is a problem even when the
// keys stand elsewhere: boto3 refuses to go on. One that can't be read is to boto3 as
// if it were not there.
func readAWSFiles(e Environment) (files awsFiles, bad finding) {
	read := func(pathVar, path string) (string, iniFile) {
		if named := e.Getenv(pathVar); named != "" {
			path = named
		}
		expanded := e.expand(path)
		content, found, wrong := e.read(expanded)
		var file iniFile
		if found && !wrong.is() {
			var fault text.Text
			file, fault = parseINI(content)
			wrong = malformed(fault)
			wrong.hint = text.New(&text.HintCorrectLine)
		}
		if wrong.is() && !bad.problem.is() {
			bad = finding{found: true, source: fileAt(e.homeless(expanded)), problem: wrong}
		}
		return e.homeless(expanded), file
	}
	files.credentialsPath, files.credentials = read("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
	files.configPath, files.config = read("AWS_CONFIG_FILE", "~/.aws/config")
	return files, bad
}

// sections are a profile's options in the two files.
func (a awsFiles) sections(name string) (config, keys map[string]string) {
	config = a.config["profile "+name]
	if config == nil && name == "default" {
		config = a.config["default"]
	}
	return config, a.credentials[name]
}

// profile looks for one profile's credentials.
func (a awsFiles) profile(e Environment, name string) finding {
	config, keys := a.sections(name)
	switch {
	case config["role_arn"] != "":
		return a.inConfig(name, a.roleProblem(e, name, config))
	case keys["role_arn"] != "":
		return a.inCredentials(name, a.roleProblem(e, name, keys))
	case config["sso_session"] != "" || config["sso_start_url"] != "":
		return a.inConfig(name, a.ssoProblem(e, name, config))
	case hasAWSKeys(keys):
		return a.inCredentials(name, keysProblem(e, keys))
	case keys[processKey] != "":
		return a.inCredentials(name, processProblem(e, keys[processKey]))
	case config[processKey] != "":
		return a.inConfig(name, processProblem(e, config[processKey]))
	case config["login_session"] != "":
		return a.inConfig(name, problem{})
	case hasAWSKeys(config):
		return a.inConfig(name, keysProblem(e, config))
	}
	return finding{}
}

func (a awsFiles) inConfig(name string, p problem) finding { return inProfile(a.configPath, name, p) }

func (a awsFiles) inCredentials(name string, p problem) finding {
	return inProfile(a.credentialsPath, name, p)
}

func inProfile(path, name string, p problem) finding {
	if p.kind == schema.ProblemMalformed && p.hint.Code == "" {
		p.hint = text.New(&text.HintCorrectProfile, text.Args{"profile": name})
	}
	return finding{found: true, source: profileIn(path, name), problem: p}
}

// looked says what was not found. When a profile was asked for and others are
// there, their names help more than the files' names do.
func (a awsFiles) looked(profile string, named bool) []text.Text {
	others := a.profiles()
	if !named || len(others) == 0 {
		keys := text.New(&text.AbsentVariables, text.Args{"variable": "AWS_ACCESS_KEY_ID", "further": "AWS_SECRET_ACCESS_KEY"})
		return []text.Text{keys, profileIn(a.credentialsPath, profile), profileIn(a.configPath, profile)}
	}
	return []text.Text{text.New(&text.AbsentProfile, text.Args{
		"profile": profile, "path": a.credentialsPath, "file": a.configPath, "profiles": others,
	})}
}

func profileIn(path, name string) text.Text {
	return text.New(&text.PlaceProfile, text.Args{"path": path, "profile": name})
}

func (a awsFiles) profiles() []string {
	names := map[string]bool{}
	for name := range a.credentials {
		names[name] = true
	}
	for section := range a.config {
		if name, found := strings.CutPrefix(section, "profile "); found || section == "default" {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func optionsOf(section map[string]string) func(string) any {
	return func(key string) any { return section[key] }
}

func hasAWSKeys(section map[string]string) bool {
	_, id := section["aws_access_key_id"]
	_, secret := section["aws_secret_access_key"]
	return id || secret
}

// malformedAWSKeys returns why a pair can't be AWS keys. An id is letters, digits
// and '_' (the pattern in AWS's API reference); a secret is one printable word.
// Lengths are not judged: services that imitate AWS have others.
func malformedAWSKeys(idName, id, secretName, secret string) text.Text {
	notID := func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	}
	notSecret := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\'' }
	switch {
	case id == "":
		return text.New(&text.FaultKeyMissing, text.Args{"key": idName})
	case secret == "":
		return text.New(&text.FaultKeyMissing, text.Args{"key": secretName})
	case flawOf(id) != plausible:
		return flawOf(id).ofKey(idName)
	case flawOf(secret) != plausible:
		return flawOf(secret).ofKey(secretName)
	case strings.ContainsFunc(id, notID):
		return text.New(&text.FaultID, text.Args{"key": idName})
	case strings.ContainsFunc(secret, notSecret):
		return text.New(&text.FaultSecret, text.Args{"key": secretName})
	case len(secret) == 20 && (strings.HasPrefix(secret, "AKIA") || strings.HasPrefix(secret, "ASIA")):
		return text.New(&text.FaultSecretIsID, text.Args{"key": secretName})
	}
	return text.Text{}
}
