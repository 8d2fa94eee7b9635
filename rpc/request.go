package rpc

// versionTag is the only value of the member jsonrpc.
const versionTag = "2.0"

// check says why an element is no request; nil: it is one.
func (e *element) check() error {
	switch {
	case !e.object:
		return errNotObject
	case e.twice:
		return errTwice
	case e.nestedTooFar:
		return errDeep
	case !e.versioned():
		return errVersion
	case startsWith(e.method) != '"':
		return errMethodType
	case e.id != nil && !legalID(e.id):
		return errIDType
	}
	switch startsWith(e.params) {
	case 0, '{', '[':
		return nil
	}
	return errParamsType
}

func (e *element) versioned() bool {
	return startsWith(e.version) == '"' && string(bare(e.version)) == versionTag
}

// strayResponse reports whether the element is an answer. Nothing was asked, so
// it is ignored, as answering an answer could go on for ever.
func (e *element) strayResponse() bool {
	return e.object && !e.twice && e.method == nil && e.id != nil && e.versioned() && (e.result || e.failure)
}

// answerID is the id for a refusal: the request's own if it has one that is clear
// and legal, else null.
func (e *element) answerID() []byte {
	if e.id == nil || e.twiceID || !legalID(e.id) {
		return nullID
	}
	return e.id
}

func legalID(raw []byte) bool {
	c := startsWith(raw)
	return c == '"' || c == 'n' || c == '-' || isDigit(c)
}

// startsWith returns the first byte of a raw value, 0 if there is none.
func startsWith(raw []byte) byte {
	if len(raw) == 0 {
		return 0
	}
	return raw[0]
}
