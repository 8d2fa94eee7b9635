package generate

import (
	"embed"
	"fmt"
	"strings"
	"text/template"

	"carapace/schema"
)

// The prose is in the templates, everything that can be counted is generated. A
// template named like a method, a notification or a type is what there is to say
// about it beyond its summary.
//
//go:embed templates/*.md.tmpl
var markdownTemplates embed.FS

func renderMarkdown(m *model) ([]byte, error) {
	p := &page{model: m, inlined: m.inlinedResults()}
	p.templates = template.New("").Funcs(template.FuncMap{
		"protocolVersion": func() int { return schema.ProtocolVersion },
		"methods":         p.methods,
		"notifications":   p.notifications,
		"types":           p.types,
		"values":          p.values,
		"errors":          p.errors,
	})
	if _, err := p.templates.ParseFS(markdownTemplates, "templates/*.md.tmpl"); err != nil {
		return nil, err
	}
	if err := p.checkNotes(); err != nil {
		return nil, err
	}
	var out strings.Builder
	err := p.templates.ExecuteTemplate(&out, "protocol.md.tmpl", nil)
	return []byte(strings.TrimSpace(out.String()) + "\n"), err
}

// page is docs/protocol.md in the making.
type page struct {
	model     *model
	templates *template.Template
	inlined   map[*typ]bool // results that are shown with their only method
}

// inlinedResults are the results that one method alone uses.
func (m *model) inlinedResults() map[*typ]bool {
	uses := map[*typ]int{}
	for _, t := range m.Types {
		for _, f := range t.Fields {
			uses[f.Type.named()] += 2
		}
	}
	for _, n := range m.Notifications {
		uses[n.Params.named()]++
	}
	for _, method := range m.Methods {
		uses[method.Result.named()]++
	}
	inlined := map[*typ]bool{}
	for _, method := range m.Methods {
		if t := method.Result.named(); t != nil && uses[t] == 1 && len(t.Fields) > 0 {
			inlined[t] = true
		}
	}
	return inlined
}

// named is the named type that r is, or is a list or a map of; nil if none.
func (r ref) named() *typ {
	if r.Elem != nil {
		return r.Elem.named()
	}
	return r.Type
}

// checkNotes finds prose that is left over from a method that has gone.
func (p *page) checkNotes() error {
	known := map[string]bool{"": true}
	for _, method := range p.model.Methods {
		known[method.Name] = true
	}
	for _, n := range p.model.Notifications {
		known[n.Name] = true
	}
	for _, t := range p.model.Types {
		known[t.Name] = true
	}
	for _, t := range p.templates.Templates() {
		if !known[t.Name()] && !strings.HasSuffix(t.Name(), ".md.tmpl") {
			return fmt.Errorf("the template %q is not the name of a method, a notification or a type", t.Name())
		}
	}
	return nil
}

func (p *page) methods() (string, error) {
	var out strings.Builder
	for _, method := range p.model.Methods {
		fmt.Fprintf(&out, "### %s\n\n%s", method.Name, method.Summary)
		if method.SimulateOnly {
			out.WriteString(" Only with `--simulate`.")
		}
		out.WriteString("\n\n")
		if fields := method.Params.Type.Fields; len(fields) > 0 {
			out.WriteString("Params:\n\n" + paramsTable(fields))
			if method.Strict {
				out.WriteString("An unknown field is refused.\n\n")
			}
		}
		out.WriteString(p.resultText(method.Result))
		if err := p.writeNote(&out, method.Name); err != nil {
			return "", err
		}
	}
	return strings.TrimSpace(out.String()), nil
}

func (p *page) resultText(r ref) string {
	switch {
	case r.Type == nil:
		return "Result: a JSON object.\n\n"
	case len(r.Type.Fields) == 0:
		return "Result: `{}`.\n\n"
	case p.inlined[r.Type]:
		return "Result:\n\n" + fieldsTable(r.Type.Fields)
	default:
		return "Result: " + markdownRef(r) + ".\n\n"
	}
}

func (p *page) notifications() (string, error) {
	var out strings.Builder
	for _, n := range p.model.Notifications {
		fmt.Fprintf(&out, "### %s\n\n%s\n\n%s", n.Name, n.Summary, fieldsTable(n.Params.Type.Fields))
		if err := p.writeNote(&out, n.Name); err != nil {
			return "", err
		}
	}
	return strings.TrimSpace(out.String()), nil
}

func (p *page) writeNote(out *strings.Builder, name string) error {
	note := p.templates.Lookup(name)
	if note == nil {
		return nil
	}
	var text strings.Builder
	if err := note.Execute(&text, nil); err != nil {
		return err
	}
	out.WriteString(strings.TrimSpace(text.String()) + "\n\n")
	return nil
}

// types are the structs that are not shown elsewhere.
func (p *page) types() (string, error) {
	shown := map[*typ]bool{}
	for _, method := range p.model.Methods {
		shown[method.Params.Type] = true
	}
	for _, n := range p.model.Notifications {
		shown[n.Params.Type] = true
	}
	for _, t := range p.model.Types { // a link leads to a heading of its own
		for _, f := range t.Fields {
			shown[f.Type.named()] = false
		}
	}
	var out strings.Builder
	for _, t := range p.model.Types {
		if shown[t] || p.inlined[t] || len(t.Fields) == 0 {
			continue
		}
		fmt.Fprintf(&out, "### %s\n\n%s\n\n%s", t.Name, cell(t.Doc), fieldsTable(t.Fields))
		if err := p.writeNote(&out, t.Name); err != nil {
			return "", err
		}
	}
	return strings.TrimSpace(out.String()), nil
}

// values is the table of an enumeration.
func (p *page) values(name string) (string, error) {
	t := p.model.byName[name]
	if t == nil || t.Values == nil {
		return "", fmt.Errorf("%s is no enumeration", name)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "### %s\n\n%s\n\n| value | meaning |\n|---|---|\n", t.Name, cell(t.Doc))
	for _, v := range t.Values {
		fmt.Fprintf(&out, "| `%s` | %s |\n", v.Name, cell(v.Doc))
	}
	return strings.TrimSpace(out.String()), nil
}

func (p *page) errors() string {
	var out strings.Builder
	out.WriteString("| kind | code | retryable | meaning |\n|---|---|---|---|\n")
	for _, info := range p.model.Kinds {
		fmt.Fprintf(&out, "| `%s` | %d | %s | %s |\n", info.Kind, info.Code, yes(info.Retryable), cell(info.Meaning))
	}
	return strings.TrimSpace(out.String())
}

func paramsTable(fields []field) string {
	var out strings.Builder
	out.WriteString("| field | type | left out | meaning |\n|---|---|---|---|\n")
	for _, f := range fields {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", f.Name, markdownField(f), leftOut(f), cell(f.Doc))
	}
	return out.String() + "\n"
}

func leftOut(f field) string {
	switch {
	case !f.Optional:
		return "not allowed"
	case f.Default != nil:
		return "`" + string(defaultJSON(f)) + "`"
	case f.Type.Kind == kindBoolean:
		return "`false`"
	default:
		return ""
	}
}

// fieldsTable describes what is read; a type that is also sent (Spec) shows its
// defaults.
func fieldsTable(fields []field) string {
	for _, f := range fields {
		if f.Default != nil {
			return paramsTable(fields)
		}
	}
	var out strings.Builder
	out.WriteString("| field | type | always there | meaning |\n|---|---|---|---|\n")
	for _, f := range fields {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", f.Name, markdownField(f), yes(!f.Optional), cell(f.Doc))
	}
	return out.String() + "\n"
}

func markdownField(f field) string {
	if len(f.Enum) == 0 {
		return markdownRef(f.Type)
	}
	return "`" + strings.Join(f.Enum, "`, `") + "`"
}

func markdownRef(r ref) string {
	switch r.Kind {
	case kindInteger, kindCount:
		return "integer"
	case kindNumber:
		return "number"
	case kindBoolean:
		return "boolean"
	case kindTime:
		return "time"
	case kindObject:
		return "object"
	case kindArray:
		return "list of " + markdownRef(*r.Elem)
	case kindMap:
		return "map to " + markdownRef(*r.Elem)
	case kindNamed:
		return "[" + r.Type.Name + "](#" + strings.ToLower(r.Type.Name) + ")"
	default:
		return "string"
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// cell makes a text fit into a table's cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
