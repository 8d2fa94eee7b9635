package schema

import (
	"reflect"
	"strings"

	"carapace/schema/text"
)

// In returns a copy of a value of the protocol with all its words in a language, made from the texts beside
// them. Words without a text stay as they are: those of a state that an earlier version wrote, and those of
// clouds and programs. The value is not changed; what has no words may be shared with the copy.
func In(language *text.Language, value any) any {
	if value == nil {
		return nil
	}
	return in(language, reflect.ValueOf(value)).Interface()
}

// speaker is a value of the protocol with words of its own. The values inside it have been said in the
// language before.
type speaker interface{ say(*text.Language) }

var (
	packagePath = reflect.TypeFor[Error]().PkgPath()
	speakers    = reflect.TypeFor[speaker]()
)

func in(language *text.Language, v reflect.Value) reflect.Value {
	switch t := v.Type(); {
	case t.Kind() == reflect.Pointer && !v.IsNil() && t.Elem().PkgPath() == packagePath && t.Elem().Kind() == reflect.Struct:
		return inStruct(language, v.Elem()).Addr()
	case t.Kind() == reflect.Slice && !v.IsNil() && t.Elem().PkgPath() == packagePath && t.Elem().Kind() == reflect.Struct:
		list := reflect.MakeSlice(t, v.Len(), v.Len())
		for i := range v.Len() {
			list.Index(i).Set(inStruct(language, v.Index(i)))
		}
		return list
	case t.Kind() == reflect.Struct && t.PkgPath() == packagePath:
		return inStruct(language, v)
	}
	return v
}

func inStruct(language *text.Language, v reflect.Value) reflect.Value {
	said := reflect.New(v.Type()).Elem()
	said.Set(v)
	for i := range v.NumField() {
		said.Field(i).Set(in(language, v.Field(i)))
	}
	if said.Addr().Type().Implements(speakers) {
		said.Addr().Interface().(speaker).say(language)
	}
	return said
}

// joined returns what texts say, or the words where there are no texts.
func joined(language *text.Language, texts []text.Text, words string) string {
	if len(texts) == 0 {
		return words
	}
	return language.Join(texts...)
}

// single is joined for one text.
func single(language *text.Language, t text.Text, words string) string {
	if t.Code == "" {
		return words
	}
	return language.Message(t)
}

func (e *Error) say(language *text.Language) {
	if e.known() {
		_ = e.render(language)
	}
}

func (r *Remedy) say(language *text.Language) {
	r.Label = single(language, text.Text{Code: r.Code, Args: r.Args}, r.Label)
}

func (c *Cluster) say(language *text.Language) {
	c.Description = joined(language, c.Texts, c.Description)
	c.Resources = single(language, c.ResourcesText, c.Resources)
}

func (p *PreviousStatus) say(language *text.Language) {
	p.Description = joined(language, p.Texts, p.Description)
}

func (c *Costs) say(language *text.Language) {
	c.Basis = single(language, c.BasisText, c.Basis)
	c.Sentence = joined(language, c.Texts, c.Sentence)
}

func (s *Service) say(language *text.Language) { s.Reason = single(language, s.ReasonText, s.Reason) }

func (c *CostResult) say(language *text.Language) {
	c.Summary = joined(language, c.SummaryTexts, c.Summary)
	c.Description = joined(language, c.Texts, c.Description)
}

// An operation that failed says what its error says.
func (o *Operation) say(language *text.Language) {
	if o.Error != nil && o.Error.known() && len(o.Texts) == 0 && o.Message == text.Join(o.Error.Texts()...) {
		o.Message = o.Error.Message
	}
	o.Message = joined(language, o.Texts, o.Message)
}

func (p *Progress) say(language *text.Language) { p.Message = joined(language, p.Texts, p.Message) }

// An event of an operation says what the operation says.
func (e *Event) say(language *text.Language) {
	if e.Type == EventOperation && e.Operation != nil && e.Operation.Message != "" {
		e.Text = e.Operation.Message
	}
	e.Text = joined(language, e.Texts, e.Text)
}

func (c *Check) say(language *text.Language) {
	c.Title = language.Title(text.Text{Code: text.Code("check." + c.ID)})
	c.Message = joined(language, c.Texts, c.Message)
	if len(c.Fixes) > 0 {
		c.Fix = language.JoinHints(c.Fixes...)
	}
}

func (r *ProviderCheckResult) say(language *text.Language) {
	r.Reason = joined(language, r.Texts, r.Reason)
	if len(r.Fixes) > 0 {
		r.Fix = language.JoinHints(r.Fixes...)
	}
}

func (r *SkyPilotCheckResult) say(language *text.Language) {
	r.Source = single(language, r.SourceText, r.Source)
	if len(r.LimitTexts) > 0 {
		r.Limits = language.Messages(r.LimitTexts...)
	}
}

func (s *InstallStep) say(language *text.Language) {
	s.Title = single(language, s.TitleText, s.Title)
}

func (c *Credentials) say(language *text.Language) {
	c.Hint = single(language, c.HintText, c.Hint)
	if len(c.Sources) > 0 {
		c.Source = strings.Join(language.Messages(c.Sources...), ", ")
	}
	if len(c.Absent) > 0 {
		c.Missing = language.Messages(c.Absent...)
	}
}

func (p *CredentialsProblem) say(language *text.Language) {
	p.Message = joined(language, p.Texts, p.Message)
	if len(p.Hints) > 0 {
		p.Hint = language.JoinHints(p.Hints...)
	}
}

func (f *SecretFile) say(language *text.Language) {
	f.Why = single(language, text.Text{Code: f.Code}, f.Why)
}

func (s *Size) say(language *text.Language) {
	s.Name = single(language, text.Resources(s.VCPUs, s.MemoryGB, 0), s.Name)
}

func (r *ProviderSizesResult) say(language *text.Language) {
	r.Basis = single(language, r.BasisText, r.Basis)
}

func (o *Offer) say(language *text.Language) { o.Basis = single(language, o.BasisText, o.Basis) }

func (r *EstimateResult) say(language *text.Language) {
	r.Sentence = joined(language, r.Texts, r.Sentence)
}
