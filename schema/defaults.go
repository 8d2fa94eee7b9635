package schema

// DefaultLogTail is how many lines cluster.logs answers with where nothing is
// asked for.
const DefaultLogTail = 100

// DefaultOperationLimit is how many operations operation.list answers with
// where nothing is asked for.
const DefaultOperationLimit = 50

// DefaultEventLimit is how many events event.list answers with where nothing is
// asked for.
const DefaultEventLimit = 50

// WithDefaults returns a copy of p in which what was left out is what the
// protocol says it is. The spec is left as it is: it has defaults of its own.
func (p LaunchParams) WithDefaults() LaunchParams {
	if p.CheckCredentials == nil {
		on := true
		p.CheckCredentials = &on
	}
	return p
}

// WithDefaults returns a copy of p in which what was left out is what the
// protocol says it is.
func (p LogsParams) WithDefaults() LogsParams {
	if p.Tail == 0 {
		p.Tail = DefaultLogTail
	}
	return p
}

// WithDefaults returns a copy of p in which what was left out is what the
// protocol says it is.
func (p OperationListParams) WithDefaults() OperationListParams {
	if p.Limit == 0 {
		p.Limit = DefaultOperationLimit
	}
	return p
}

// WithDefaults returns a copy of p in which what was left out is what it is in a spec.
func (p ProviderSizesParams) WithDefaults() ProviderSizesParams {
	spec := Spec{}.WithDefaults()
	if p.CPUs == "" {
		p.CPUs = spec.CPUs
	}
	if p.Memory == "" {
		p.Memory = spec.Memory
	}
	return p
}

// WithDefaults returns a copy of p in which what was left out is what the
// protocol says it is.
func (p EventListParams) WithDefaults() EventListParams {
	if p.Limit == 0 {
		p.Limit = DefaultEventLimit
	}
	return p
}
