package generate

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"carapace/schema"
)

//go:embed templates/carapace.ts.tmpl
var typescriptTemplate string

func renderTypeScript(m *model) ([]byte, error) {
	t, err := template.New("carapace.ts").Parse(typescriptTemplate)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	err = t.Execute(&out, map[string]any{
		"ProtocolVersion": schema.ProtocolVersion,
		"Types":           typescriptTypes(m),
	})
	return []byte(out.String()), err
}

func typescriptTypes(m *model) string {
	var out strings.Builder
	for _, t := range m.Types {
		writeTypescriptType(&out, t)
	}
	writeErrorCodes(&out, m)
	out.WriteString("/** Every method with its params and its result. */\nexport interface Methods {\n")
	for _, method := range m.Methods {
		summary := method.Summary
		if method.SimulateOnly {
			summary += " Only with --simulate."
		}
		writeComment(&out, "  ", summary)
		fmt.Fprintf(&out, "  %q: { params: %s; result: %s };\n", method.Name, typescriptRef(method.Params), typescriptRef(method.Result))
	}
	out.WriteString("}\n\n/** Every notification that the sidecar sends, with its params. */\nexport interface Notifications {\n")
	for _, n := range m.Notifications {
		writeComment(&out, "  ", n.Summary)
		fmt.Fprintf(&out, "  %q: %s;\n", n.Name, typescriptRef(n.Params))
	}
	out.WriteString("}\n")
	return out.String()
}

func writeTypescriptType(out *strings.Builder, t *typ) {
	writeComment(out, "", t.Doc)
	switch {
	case t.Values != nil:
		fmt.Fprintf(out, "export type %s =", typescriptName(t))
		for _, v := range t.Values {
			fmt.Fprintf(out, "\n  | %q", v.Name)
		}
		out.WriteString(";\n\n")
	case len(t.Fields) == 0:
		fmt.Fprintf(out, "export type %s = Record<string, never>;\n\n", typescriptName(t))
	default:
		fmt.Fprintf(out, "export interface %s {\n", typescriptName(t))
		for _, f := range t.Fields {
			writeTypescriptField(out, f)
		}
		out.WriteString("}\n\n")
	}
}

func writeTypescriptField(out *strings.Builder, f field) {
	doc := f.Doc
	if f.Default != nil {
		doc = fmt.Sprintf("%s Default: %s.", asSentence(doc), defaultJSON(f))
	}
	writeComment(out, "  ", doc)
	optional := ""
	if f.Optional {
		optional = "?"
	}
	fmt.Fprintf(out, "  %s%s: %s;\n", f.Name, optional, typescriptField(f))
}

func typescriptField(f field) string {
	if len(f.Enum) == 0 {
		return typescriptRef(f.Type)
	}
	return `"` + strings.Join(f.Enum, `" | "`) + `"`
}

func typescriptRef(r ref) string {
	switch r.Kind {
	case kindInteger, kindCount, kindNumber:
		return "number"
	case kindBoolean:
		return "boolean"
	case kindObject:
		return "Record<string, unknown>"
	case kindArray:
		return typescriptRef(*r.Elem) + "[]"
	case kindMap:
		return "Record<string, " + typescriptRef(*r.Elem) + ">"
	case kindNamed:
		return typescriptName(r.Type)
	default:
		return "string"
	}
}

// typescriptName keeps clear of the language's own Error.
func typescriptName(t *typ) string {
	if t.Name == "Error" {
		return "ErrorData"
	}
	return t.Name
}

func writeErrorCodes(out *strings.Builder, m *model) {
	out.WriteString("/** The JSON-RPC code of each kind of error. */\nexport const ERROR_CODES: Readonly<Record<Kind, number>> = {\n")
	for _, info := range m.Kinds {
		fmt.Fprintf(out, "  %s: %d,\n", info.Kind, info.Code)
	}
	out.WriteString("};\n\n")
}

func writeComment(out *strings.Builder, indent, text string) {
	fmt.Fprintf(out, "%s/** %s */\n", indent, strings.ReplaceAll(text, "*/", "*∕"))
}

// asSentence gives a text the full stop that a comment beside a field leaves out.
func asSentence(text string) string {
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
