package schema

import "carapace/schema/text"

// Kind says what sort of thing went wrong, for a program to act on.
//
// The zero value is not a kind. Kinds lists them all with their JSON-RPC codes.
type Kind string

// The kinds of error.
const (
	KindInvalidParams        Kind = "invalid_params"
	KindBusy                 Kind = "busy"
	KindProtocolUnsupported  Kind = "protocol_unsupported"
	KindStateUnwritable      Kind = "state_unwritable"
	KindDiskFull             Kind = "disk_full"
	KindRunFailed            Kind = "run_failed"
	KindSkyPilotNotFound     Kind = "skypilot_not_found"
	KindSkyPilotUnsupported  Kind = "skypilot_unsupported"
	KindAPIServer            Kind = "api_server"
	KindCredentialsMissing   Kind = "credentials_missing"
	KindCredentialsInvalid   Kind = "credentials_invalid"
	KindClusterActive        Kind = "cluster_active"
	KindClusterNotFound      Kind = "cluster_not_found"
	KindOperationInProgress  Kind = "operation_in_progress"
	KindInvalidSpec          Kind = "invalid_spec"
	KindVaultMissing         Kind = "vault_missing"
	KindQuotaExceeded        Kind = "quota_exceeded"
	KindCapacityUnavailable  Kind = "capacity_unavailable"
	KindPermission           Kind = "permission"
	KindRateLimited          Kind = "rate_limited"
	KindNetwork              Kind = "network"
	KindUnreachable          Kind = "unreachable"
	KindSetupFailed          Kind = "setup_failed"
	KindMountFailed          Kind = "mount_failed"
	KindUnsupported          Kind = "unsupported"
	KindTerminatedExternally Kind = "terminated_externally"
	KindInterrupted          Kind = "interrupted"
	KindTimeout              Kind = "timeout"
	KindCanceled             Kind = "canceled"
	KindNotYours             Kind = "not_yours"
	KindHostKeyChanged       Kind = "host_key_changed"
	KindDeletionsRefused     Kind = "deletions_refused"
	KindBilling              Kind = "billing"
	KindClockWrong           Kind = "clock_wrong"
	KindProviderRefused      Kind = "provider_refused"
	KindNotice               Kind = "notice"
	KindInternal             Kind = "internal"
)

// KindInfo is one row of the registry of kinds.
type KindInfo struct {
	Kind      Kind   // what the row is about
	Code      int    // the JSON-RPC error code
	Retryable bool   // whether the same request may succeed later with nothing changed by the user
	Meaning   string // one sentence for the reader of the protocol's documentation
}

// Kinds is the registry of every Kind, in the protocol's order. It is the only
// place where a kind's code stands.
var Kinds = []KindInfo{
	{KindInvalidParams, CodeInvalidParams, false, "The params are not what the method takes; the message names the field."},
	{KindBusy, -32001, true, "Too many requests are in flight, or wait for SkyPilot."},
	{KindProtocolUnsupported, -32002, false, "The host asked for a protocol version that this sidecar does not speak."},
	{KindStateUnwritable, -32003, false, "The state folder can't be written, so nothing was started."},
	{KindDiskFull, -32004, false, "There is no space left, here or on the server."},
	{KindRunFailed, -32005, false, "The server runs, but its run command failed: a warning."},
	{KindSkyPilotNotFound, -32006, false, "No `sky` command was found."},
	{KindSkyPilotUnsupported, -32007, false, "The SkyPilot that was found is too old, or does not fit its API server."},
	{KindAPIServer, -32008, true, "SkyPilot's API server can't be started or reached."},
	{KindCredentialsMissing, -32009, false, "No credentials for the cloud were found."},
	{KindCredentialsInvalid, -32010, false, "The cloud does not accept the credentials, or they have expired."},
	{KindClusterActive, -32011, false, "There is a server already."},
	{KindClusterNotFound, -32012, false, "There is no server of that name."},
	{KindOperationInProgress, -32013, true, "An operation on the server has not ended yet."},
	{KindInvalidSpec, CodeInvalidParams, false, "The spec asks for something that can't be; the message names the field."},
	{KindVaultMissing, -32014, false, "A vault folder is not there, is no folder, or can't be read."},
	{KindQuotaExceeded, -32015, false, "The account's quota does not allow this machine."},
	{KindCapacityUnavailable, -32016, true, "The cloud has no such machine to give right now, or does not offer it there."},
	{KindPermission, -32017, false, "The account, or SkyPilot's policy, does not permit it."},
	{KindRateLimited, -32018, true, "The cloud is refusing calls because there were too many."},
	{KindNetwork, -32019, true, "The cloud can't be reached from here."},
	{KindUnreachable, -32020, true, "The cloud says that the server runs, but it does not answer."},
	{KindSetupFailed, -32021, false, "The machine runs and bills, but its setup did not succeed."},
	{KindMountFailed, -32022, false, "The vaults could not be brought onto the server."},
	{KindUnsupported, -32023, false, "This cloud, or this state, does not allow it."},
	{KindTerminatedExternally, -32024, false, "The server was removed outside of Carapace."},
	{KindInterrupted, -32025, true, "SkyPilot lost the operation half way; launching again finishes it."},
	{KindTimeout, -32026, true, "It took longer than it may."},
	{KindCanceled, -32027, false, "It was canceled."},
	{KindNotYours, -32028, false, "The server of that name belongs to another user of SkyPilot."},
	{KindHostKeyChanged, -32029, false, "What answers at the server's address shows another SSH host key than the server; nothing was sent to it."},
	{KindDeletionsRefused, -32030, false, "So many files would be deleted on the server that it has to be allowed first: allowDeletions."},
	{KindBilling, -32031, false, "The cloud wants something paid or set up for payment first, or has blocked the account."},
	{KindClockWrong, -32032, false, "The clock of this computer is wrong, so that the cloud does not accept its requests."},
	{KindProviderRefused, -32033, false, "The cloud refused for a reason that only its own words tell; the message quotes them."},
	{KindNotice, -32034, false, "Nothing has failed: a warning of what happens by itself, or will."},
	{KindInternal, CodeInternal, false, "A defect of the sidecar, or an outcome that it does not understand."},
}

// Codes of the JSON-RPC 2.0 specification, section 5.1.
const (
	CodeParse          = -32700
	CodeInvalidRequest = -32600
	CodeMethodNotFound = -32601
	CodeInvalidParams  = -32602
	CodeInternal       = -32603
)

// Info returns the registry's row for k; an unknown kind gives that of
// KindInternal.
func (k Kind) Info() KindInfo {
	for _, info := range Kinds {
		if info.Kind == k {
			return info
		}
	}
	return Kinds[len(Kinds)-1]
}

// Error is what went wrong, for a person and for a program. It is the `data` of
// every JSON-RPC error of the sidecar, an operation's and a cluster's error, and
// a warning.
//
// *Error is a Go error; its zero value is not meaningful.
type Error struct {
	// Kind is for a program to act on.
	Kind Kind `json:"kind"`
	// Code says which text of docs/messages.md it is; missing where the error has words alone.
	Code text.Code `json:"code,omitempty"`
	// Args are the arguments of its title, message and hint, by name.
	Args text.Args `json:"args,omitempty"`
	// More are further texts; their messages follow in the message.
	More []text.Text `json:"more,omitempty"`
	// Hints are further texts; their hints, or messages where a text has no hint, follow in the hint.
	Hints []text.Text `json:"hints,omitempty"`
	// Title says it in a few words, at most 60 characters, for a window's headline.
	Title string `json:"title,omitempty"`
	// Message is one or two sentences for a person, without escape codes or
	// tracebacks; it holds the provider's own words where there are any.
	Message string `json:"message"`
	// Hint says what to do next. Every refusal has one.
	Hint string `json:"hint,omitempty"`
	// Detail is the raw tail of what was printed, secrets removed.
	Detail string `json:"detail,omitempty"`
	// Provider is the cloud that the error came from, as in Spec.Cloud.
	Provider string `json:"provider,omitempty"`
	// Field is the path of the offending field, such as spec.vaults.public.
	Field string `json:"field,omitempty"`
	// Operation is the id of the operation that is in the way, to wait for it with operation.wait. It is empty where none is, and where
	// only the process that holds the server is known.
	Operation string `json:"operation,omitempty"`
	// Retryable says whether the same request may succeed later with nothing
	// changed by the user.
	Retryable bool `json:"retryable"`
	// Docs is the address of a page that helps.
	Docs string `json:"docs,omitempty"`
	// Remedies are what can be done about it now, the best first. They are made when the error is shown: of a server, of an operation by
	// itself, and as a refusal; lists have none.
	Remedies []Remedy `json:"remedies,omitempty"`
}

// Fail returns an Error of a kind that says an entry of the registry of texts, with its arguments.
func Fail(kind Kind, entry *text.Entry, args ...text.Args) *Error {
	return Saying(kind, text.New(entry, args...))
}

// Saying returns an Error of a kind that says a text.
func Saying(kind Kind, t text.Text) *Error {
	e := &Error{Kind: kind, Code: t.Code, Args: t.Args, Retryable: kind.Info().Retryable}
	return e.render(text.English)
}

// render writes title, message and hint from the texts.
func (e *Error) render(language *text.Language) *Error {
	main := e.text()
	e.Title = language.Title(main)
	e.Message = language.Join(append([]text.Text{main}, e.More...)...)
	hints := e.Hints
	if language.Hint(main) != "" {
		hints = append([]text.Text{main}, hints...)
	}
	e.Hint = language.JoinHints(hints...)
	return e
}

// known reports whether the error has a code of this version: its words can be made anew then.
func (e *Error) known() bool {
	_, known := text.Find(e.Code)
	return known
}

func (e *Error) text() text.Text { return text.Text{Code: e.Code, Args: e.Args} }

// Texts are what the message says. Those of an error without a code are its words.
func (e *Error) Texts() []text.Text {
	if !e.known() {
		return []text.Text{text.Words(e.Message)}
	}
	return append([]text.Text{e.text()}, e.More...)
}

// HintTexts are what the hint says, for the Hints of another error. Those of an error without a code
// are its words.
func (e *Error) HintTexts() []text.Text {
	switch {
	case !e.known() && e.Hint == "":
		return nil
	case !e.known():
		return []text.Text{text.Words(e.Hint)}
	case e.text().Hint() == "":
		return e.Hints
	}
	return append([]text.Text{e.text()}, e.Hints...)
}

// And returns a copy of e whose message goes on with further texts.
func (e *Error) And(more ...text.Text) *Error {
	c := e.coded()
	c.More = append(c.More[:len(c.More):len(c.More)], more...)
	return c.render(text.English)
}

// AndHint returns a copy of e whose hint goes on with further texts.
func (e *Error) AndHint(hints ...text.Text) *Error {
	c := e.coded()
	c.Hints = append(c.Hints[:len(c.Hints):len(c.Hints)], hints...)
	return c.render(text.English)
}

// Hinting returns a copy of e with other further hints.
func (e *Error) Hinting(hints ...text.Text) *Error {
	c := e.coded()
	c.Hints = hints
	return c.render(text.English)
}

// coded returns a copy of e that has a code: words alone become the text of words.
func (e *Error) coded() *Error {
	c := *e
	if !e.known() {
		words := text.Words(e.Message)
		c.Hints, c.More, c.Code, c.Args = e.HintTexts(), nil, words.Code, words.Args
	}
	return &c
}

// Map returns a copy of e with change applied to all words that are not the registry's: the strings
// in the arguments, the detail, and the message and hint where they have no code.
func (e *Error) Map(change func(string) string) *Error {
	c := *e
	c.Detail = change(c.Detail)
	if !e.known() {
		c.Message, c.Hint = change(c.Message), change(c.Hint)
		return &c
	}
	c.Args, c.More, c.Hints = c.Args.Map(change), text.MapAll(c.More, change), text.MapAll(c.Hints, change)
	return c.render(text.English)
}

// Error returns the message alone, so that an Error can be shown as it is.
func (e *Error) Error() string { return e.Message }

// RPCCode is the JSON-RPC code of the error's kind.
func (e *Error) RPCCode() int { return e.Kind.Info().Code }

// RPCData is what the JSON-RPC error carries as its data: the error itself.
func (e *Error) RPCData() any { return e }

// OfValue reports whether the error is of a value that the caller gave, which Field names.
func (e *Error) OfValue() bool {
	return e.Field != "" && (e.Kind == KindInvalidSpec || e.Kind == KindInvalidParams)
}

// WithDetail returns a copy of e with its detail set.
func (e *Error) WithDetail(detail string) *Error { c := *e; c.Detail = detail; return &c }

// WithField returns a copy of e that names the offending field by its path.
func (e *Error) WithField(path string) *Error { c := *e; c.Field = path; return &c }

// WithOperation returns a copy of e that names the operation that is in the way by its id.
func (e *Error) WithOperation(id string) *Error { c := *e; c.Operation = id; return &c }

// WithProvider returns a copy of e that names the cloud that it came from.
func (e *Error) WithProvider(cloud string) *Error { c := *e; c.Provider = cloud; return &c }
