package generate

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"carapace/schema"
)

//go:embed templates/protocol.ts.tmpl
var typescriptTemplate string

func renderTypeScript(m *model) ([]byte, error) {
	t, err := template.New("protocol.ts").Parse(typescriptTemplate)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	err = t.Execute(&out, map[string]any{
		"ProtocolVersion": schema.ProtocolVersion,
		"MaxMessageBytes": schema.MaxMessageBytes,
		"Types":           typescriptTypes(m),
	})
	return []byte(out.String()), err
}

func typescriptTypes(m *model) string {
	var out strings.Builder
	sent := typesOfParams(m)
	for _, t := range m.Types {
		writeTypescriptType(&out, t, sent[t])
	}
	writeErrorCodes(&out, m)
	writeRepeatable(&out, m)
	writeComment(&out, "", "What a sidecar that is older than this file did not know of the params, as far as it was: the paths of the first of them.")
	fmt.Fprintf(&out, "export interface Ignored {\n  %s?: string[];\n}\n\n", schema.IgnoredField)
	out.WriteString("/** Every method with its params and its result. */\nexport interface Methods {\n")
	for _, method := range m.Methods {
		summary := method.Summary
		if method.SimulateOnly {
			summary += " Only with --simulate."
		}
		writeComment(&out, "  ", summary)
		result := typescriptRef(method.Result, false)
		switch empty := method.Result.Type != nil && len(method.Result.Type.Fields) == 0; {
		case method.Strict:
		case empty:
			result = "Ignored"
		default:
			result += " & Ignored"
		}
		fmt.Fprintf(&out, "  %q: { params: %s; result: %s };\n", method.Name, typescriptRef(method.Params, true), result)
	}
	out.WriteString("}\n\n/** Every notification that the sidecar sends, with its params. */\nexport interface Notifications {\n")
	for _, n := range m.Notifications {
		writeComment(&out, "  ", n.Summary)
		fmt.Fprintf(&out, "  %q: %s;\n", n.Name, typescriptRef(n.Params, false))
	}
	out.WriteString("}\n")
	return out.String()
}

// typesOfParams are the types that are sent. An enumeration is closed there, where
// another value is a mistake, and open where it is read: a newer sidecar may send
// values that this file does not know.
func typesOfParams(m *model) map[*typ]bool {
	sent := map[*typ]bool{}
	var add func(ref)
	add = func(r ref) {
		switch {
		case r.Elem != nil:
			add(*r.Elem)
		case r.Type != nil && !sent[r.Type]:
			sent[r.Type] = true
			for _, f := range r.Type.Fields {
				add(f.Type)
			}
		}
	}
	for _, method := range m.Methods {
		add(method.Params)
	}
	return sent
}

func writeTypescriptType(out *strings.Builder, t *typ, sent bool) {
	writeComment(out, "", t.Doc)
	switch {
	case t.Values != nil:
		fmt.Fprintf(out, "export type %s = Known%s | (string & {});\n\n", typescriptName(t), typescriptName(t))
		fmt.Fprintf(out, "/** The values of %s when this file was made; others may come. */\nexport type Known%s =", typescriptName(t), typescriptName(t))
		for _, v := range t.Values {
			fmt.Fprintf(out, "\n  | %q", v.Name)
		}
		out.WriteString(";\n\n")
	case len(t.Fields) == 0:
		fmt.Fprintf(out, "export type %s = Record<string, never>;\n\n", typescriptName(t))
	default:
		fmt.Fprintf(out, "export interface %s {\n", typescriptName(t))
		for _, f := range t.Fields {
			writeTypescriptField(out, f, sent)
		}
		out.WriteString("}\n\n")
	}
}

func writeTypescriptField(out *strings.Builder, f field, sent bool) {
	doc := f.Doc
	if f.Default != nil {
		doc = fmt.Sprintf("%s Default: %s.", asSentence(doc), defaultJSON(f))
	}
	writeComment(out, "  ", doc)
	optional := ""
	if f.Optional {
		optional = "?"
	}
	fmt.Fprintf(out, "  %s%s: %s;\n", f.Name, optional, typescriptField(f, sent))
}

func typescriptField(f field, sent bool) string {
	if len(f.Enum) == 0 {
		return typescriptRef(f.Type, sent)
	}
	return `"` + strings.Join(f.Enum, `" | "`) + `"`
}

func typescriptRef(r ref, sent bool) string {
	switch r.Kind {
	case kindInteger, kindCount, kindNumber:
		return "number"
	case kindBoolean:
		return "boolean"
	case kindObject:
		return "Record<string, unknown>"
	case kindArray:
		return typescriptRef(*r.Elem, sent) + "[]"
	case kindMap:
		return "Record<string, " + typescriptRef(*r.Elem, sent) + ">"
	case kindNamed:
		if sent && r.Type.Values != nil {
			return "Known" + typescriptName(r.Type)
		}
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
	out.WriteString("/** The JSON-RPC code of each kind of error. */\nexport const ERROR_CODES: Readonly<Record<KnownKind, number>> = {\n")
	for _, info := range m.Kinds {
		fmt.Fprintf(out, "  %s: %d,\n", info.Kind, info.Code)
	}
	out.WriteString("};\n\n")
}

// writeRepeatable lists the methods that may be called again with the same requestId.
func writeRepeatable(out *strings.Builder, m *model) {
	out.WriteString("/** The methods that may be called again with the same requestId: it is the same operation. */\nexport const REPEATABLE = [\n")
	for _, method := range m.Methods {
		for _, f := range m.fieldsOf(method.Params.Type.Name) {
			if f.Name == "requestId" {
				fmt.Fprintf(out, "  %q,\n", method.Name)
			}
		}
	}
	out.WriteString("] as const;\n\n")
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
