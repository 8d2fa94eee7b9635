package text

// What is wrong with credentials: the argument fault of CredentialsWrong, and of each other here.
var (
	FaultEmpty      = Entry{Code: "fault.empty", Message: "it is empty"}
	FaultUnreadable = Entry{Code: "fault.unreadable", Message: "it can't be read: {problem}"}
	FaultNotRegular = Entry{Code: "fault.not_regular", Message: "it is not a regular file"}
	FaultTooLarge   = Entry{Code: "fault.too_large", Message: "it is larger than {megabytes} MB"}

	// A value.

	FaultPlaceholder    = Entry{Code: "fault.placeholder", Message: "it is still a placeholder"}
	FaultControl        = Entry{Code: "fault.control", Message: "it holds control characters"}
	FaultWords          = Entry{Code: "fault.words", Message: "it holds more than one word"}
	FaultKeyEmpty       = Entry{Code: "fault.key_empty", Message: "{key} is empty"}
	FaultKeyPlaceholder = Entry{Code: "fault.key_placeholder", Message: "{key} is still a placeholder"}
	FaultKeyControl     = Entry{Code: "fault.key_control", Message: "{key} holds control characters"}
	FaultKeyMissing     = Entry{Code: "fault.key_missing", Message: "{key} is missing or empty"}
	FaultNoKey          = Entry{Code: "fault.no_key", Message: "it has no {key}"}

	// The form of a file.

	FaultNotJSON   = Entry{Code: "fault.not_json", Message: "it is not a JSON object"}
	FaultNotYAML   = Entry{Code: "fault.not_yaml", Message: "it is not a YAML mapping"}
	FaultNotTOML   = Entry{Code: "fault.not_toml", Message: "it is not TOML"}
	FaultNoTable   = Entry{Code: "fault.no_table", Message: "it has no table [default]"}
	FaultNoSection = Entry{Code: "fault.no_section", Message: "it has no section [{section}]"}
	FaultNoLine    = Entry{Code: "fault.no_line", Message: "it has no line that begins with {beginning}, spaces as shown"}
	FaultSpaces    = Entry{Code: "fault.spaces", Message: "spaces surround the value of {key}, or are in it; the line begins with {beginning}"}
	FaultQuotes    = Entry{Code: "fault.quotes", Message: "the value of {key} stands in quotes, which SkyPilot takes for a part of it"}
	FaultNotList   = Entry{Code: "fault.not_list", Message: "{key} is not a list"}

	FaultByteOrderMark = Entry{Code: "fault.byte_order_mark", Message: "it begins with a byte order mark (save it as UTF-8 without one)"}
	FaultLineHeader    = Entry{Code: "fault.line_header", Message: "line {line} is a section header without a name or without its ]"}
	FaultLineSection   = Entry{Code: "fault.line_section", Message: "line {line} begins a section for the second time"}
	FaultLineNeither   = Entry{Code: "fault.line_neither", Message: "line {line} is neither a [section] nor a key = value"}
	FaultLineBefore    = Entry{Code: "fault.line_before", Message: "line {line} stands before the first [section]"}
	FaultLineKey       = Entry{Code: "fault.line_key", Message: "line {line} sets its key for the second time"}
	FaultLineKeyword   = Entry{Code: "fault.line_keyword", Message: "line {line} is no keyword with a value"}

	// AWS.

	FaultID             = Entry{Code: "fault.id", Message: "{key} holds more than letters and digits (quotes and spaces do not belong there)"}
	FaultSecret         = Entry{Code: "fault.secret", Message: "{key} holds spaces, quotes or other characters that no key has"}
	FaultSecretIsID     = Entry{Code: "fault.secret_is_id", Message: "{key} looks like an access key's id, not its secret"}
	FaultNoTokenFile    = Entry{Code: "fault.no_token_file", Message: "its web_identity_token_file is not there"}
	FaultNoNamedFile    = Entry{Code: "fault.no_named_file", Message: "the file that {variable} names is not there"}
	FaultSessionEnded   = Entry{Code: "fault.session_ended", Message: "the session ended on {ended} ({key})"}
	FaultLoginEnded     = Entry{Code: "fault.login_ended", Message: "the login ended on {ended}"}
	FaultLoginUnread    = Entry{Code: "fault.login_unread", Message: "the login that is kept can't be read"}
	FaultNobody         = Entry{Code: "fault.nobody", Message: "nobody is logged in"}
	FaultRole           = Entry{Code: "fault.role", Message: "role_arn needs a source_profile, a credential_source or a web_identity_token_file"}
	FaultSource         = Entry{Code: "fault.source", Message: "credential_source is none of Environment, Ec2InstanceMetadata and EcsContainer"}
	FaultNoSource       = Entry{Code: "fault.no_source", Message: "its source_profile {profile} is not there"}
	FaultSourceCircle   = Entry{Code: "fault.source_circle", Message: "its source_profile {profile} leads back to itself"}
	FaultSourceEmpty    = Entry{Code: "fault.source_empty", Message: "its source_profile {profile} holds no credentials"}
	FaultInSource       = Entry{Code: "fault.in_source", Message: "in its source_profile {profile}: {fault}"}
	FaultNoSession      = Entry{Code: "fault.no_session", Message: "its sso_session is not there: there is no section [sso-session {session}]"}
	FaultInSession      = Entry{Code: "fault.in_session", Message: "in [sso-session {session}]: {fault}"}
	FaultNoProcess      = Entry{Code: "fault.no_process", Message: "credential_process names no program"}
	FaultProcessMissing = Entry{Code: "fault.process_missing", Message: "the program of its credential_process is not there"}

	// Other clouds.

	FaultNoSubscription = Entry{Code: "fault.no_subscription", Message: "nobody is logged in, or no subscription is in use"}
	FaultNoType         = Entry{Code: "fault.no_type", Message: "it has no type"}
	FaultType           = Entry{Code: "fault.type", Message: "its type is none that Google's libraries know"}
	FaultContexts       = Entry{Code: "fault.contexts", Message: "its contexts are no list of mappings"}
	FaultNoContext      = Entry{Code: "fault.no_context", Message: "it names no current context, or one that is not in it"}
	FaultOCID           = Entry{Code: "fault.ocid", Message: "{key} is no OCID"}
	FaultFingerprint    = Entry{Code: "fault.fingerprint", Message: "fingerprint is not sixteen pairs of hexadecimal digits with colons between them"}
	FaultNoKeyFile      = Entry{Code: "fault.no_key_file", Message: "its key_file is not there"}
	FaultNoToken        = Entry{Code: "fault.no_token", Message: "no token is in it: nobody is logged in"}
	FaultCudo           = Entry{Code: "fault.cudo", Message: "it is not as cudoctl writes it"}
	FaultVersion        = Entry{Code: "fault.version", Message: "its {key} is not {version}"}
	FaultNoProject      = Entry{Code: "fault.no_project", Message: "no project is chosen"}
	FaultCurrent        = Entry{Code: "fault.current", Message: "its current context is not in it"}
	FaultCurrentKey     = Entry{Code: "fault.current_key", Message: "the key of its current context is not in it"}
	FaultInVCenter      = Entry{Code: "fault.in_vcenter", Message: "in its vCenter {number}: {fault}"}
	FaultNoHost         = Entry{Code: "fault.no_host", Message: "no Host is in it"}
	FaultNoUser         = Entry{Code: "fault.no_user", Message: "no Host in it has a User"}
	FaultFluidStack     = Entry{Code: "fault.fluidstack", Message: "it does not begin with api_key, and SkyPilot refuses every other"}
)

// Where credentials stand, or were looked for.
var (
	PlaceSimulated = Entry{Code: "place.simulated", Message: "simulated"}
	PlaceFile      = Entry{Code: "place.file", Message: "{path}"}
	PlaceProfile   = Entry{Code: "place.profile", Message: "{path} (profile {profile})"}
	PlaceVariable  = Entry{Code: "place.variable", Message: "the environment variable {variable}"}
	PlaceAddress   = Entry{Code: "place.address", Message: "an address that can't be read"}
	PlaceVariables = Entry{Code: "place.variables", Message: "the environment variables {variable} and {further}"}

	// What is not there, after the word “no”; and what a login alone lacks.

	AbsentVariable  = Entry{Code: "absent.variable", Message: "{variable}"}
	AbsentVariables = Entry{Code: "absent.variables", Message: "{variable} and {further}"}
	AbsentProfile   = Entry{Code: "absent.profile", Message: "profile {profile} with keys, a role or a login in {path} or {file} (there are: {profiles})"}
	AbsentProgram   = Entry{Code: "absent.program", Message: "the program {tool}"}
	AbsentProject   = Entry{Code: "absent.project", Message: "a project"}
)

// What SkyPilot reads in a file: the argument form of HintCorrectForm.
var (
	FormSpaced     = Entry{Code: "form.spaced", Message: `the line "api_key = KEY", with one space on each side of the "=" and no quotes`}
	FormRunPod     = Entry{Code: "form.runpod", Message: `the line api_key = "KEY" under the line [default]`}
	FormIBM        = Entry{Code: "form.ibm", Message: "iam_api_key: KEY and resource_group_id: ID, a line each"}
	FormFluidStack = Entry{Code: "form.fluidstack", Message: "a file that begins with api_key"}
	FormPaperspace = Entry{Code: "form.paperspace", Message: `a JSON object with "apiKey": "KEY" in it`}
	FormSamsung    = Entry{Code: "form.scp", Message: `the lines "access_key = KEY", "secret_key = KEY" and "project_id = ID", with one space on each side of the "=" and no quotes`}
	FormSeeweb     = Entry{Code: "form.seeweb", Message: `the line "api_key = KEY" under the line "[DEFAULT]"`}
	FormSlurm      = Entry{Code: "form.slurm", Message: `the form of an SSH configuration: "Host NAME", and under it "HostName ADDRESS" and "User USER"`}
	FormYotta      = Entry{Code: "form.yotta", Message: `the lines "orgId=ID" and "apikey=KEY", without a space or quotes`}
)
