package text_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"carapace/schema/text"
)

// catalogue is what the file of a language has, by code.
func catalogue(t *testing.T, tag string) map[text.Code]text.Entry {
	t.Helper()
	content, err := os.ReadFile("catalogs/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[text.Code]text.Entry
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

func placeholders(template string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(template, -1))))
}

// Each language has all codes and no other, each with the parts and the arguments of the English ones.
func TestCatalogues(t *testing.T) {
	for _, tag := range text.Tags() {
		words := catalogue(t, tag)
		for code := range words {
			if _, known := text.Find(code); !known {
				t.Errorf("%s: %s is no code", tag, code)
			}
		}
		for _, e := range text.All() {
			said, there := words[e.Code]
			if !there {
				t.Errorf("%s: %s is missing: %s | %s | %s", tag, e.Code, e.Title, e.Message, e.Hint)
				continue
			}
			if n := utf8.RuneCountInString(said.Title); n > 60 {
				t.Errorf("%s: %s: the title has %d characters", tag, e.Code, n)
			}
			for _, part := range [][2]string{{e.Title, said.Title}, {e.Message, said.Message}, {e.Hint, said.Hint}} {
				if (part[0] == "") != (part[1] == "") || !slices.Equal(placeholders(part[0]), placeholders(part[1])) {
					t.Errorf("%s: %s: %q has other arguments than %q", tag, e.Code, part[1], part[0])
				}
				if strings.HasSuffix(part[0], ".") != strings.HasSuffix(part[1], ".") || strings.HasSuffix(part[0], " ") != strings.HasSuffix(part[1], " ") {
					t.Errorf("%s: %s: %q does not end as %q", tag, e.Code, part[1], part[0])
				}
				if strings.ContainsAny(part[1], "\t\n") {
					t.Errorf("%s: %s: a line and a tab end a part", tag, e.Code)
				}
				if tag != text.English.Tag && part[0] == part[1] && len(strings.Fields(placeholder.ReplaceAllString(part[0], ""))) > 3 {
					t.Errorf("%s: %s is not translated: %s", tag, e.Code, part[1])
				}
			}
			if found := wordOfAnAPI(said); found != "" && wordOfAnAPI(e) == "" {
				t.Errorf("%s: %s has %q", tag, e.Code, found)
			}
		}
	}
}

// What the binary holds is what the files say.
func TestPackedCatalogues(t *testing.T) {
	for _, tag := range text.Tags() {
		language := text.In(tag)
		if language.Tag != tag {
			t.Errorf("%s can't be unpacked", tag)
			continue
		}
		for code, said := range catalogue(t, tag) {
			args := text.Args{}
			for _, name := range said.Placeholders() {
				args[name] = "X"
			}
			plain := placeholder.ReplaceAllString(said.Title, "X")
			if got := language.Title(text.Text{Code: code, Args: args}); got != plain {
				t.Errorf("%s: the title of %s is %q, want %q: go generate ./schema/...", tag, code, got, plain)
			}
			if said.Placeholders() == nil && (language.Message(text.Text{Code: code}) != said.Message || language.Hint(text.Text{Code: code}) != said.Hint) {
				t.Errorf("%s: %s is not current: go generate ./schema/...", tag, code)
			}
		}
	}
}

func TestWhichLanguage(t *testing.T) {
	for tag, want := range map[string]string{
		"": "en", "en-GB": "en", "de": "de", "de-AT": "de", "DE_ch": "de", "es-419": "es", "fr": "en", "deu": "en", "-": "en", "\xff": "en",
	} {
		if got := text.In(tag).Tag; got != want {
			t.Errorf("%q is said in %s, want %s", tag, got, want)
		}
	}
}

func TestInOtherLanguages(t *testing.T) {
	german, spanish := text.In("de"), text.In("es")
	price := text.New(&text.PriceAboveLimit, text.Args{"size": "m6i.large", "price": 0.096, "limit": 0.05, "place": "aws us-east-1"})
	clock := text.New(&text.FoundClock, text.Args{"now": noon})
	wait := text.New(&text.ProgressWaiting, text.Args{"waited": 3680})
	unknown := text.New(&text.CloudRefused, text.Args{"attempt": text.New(&text.AttemptLaunch), "cloud": "", "where": text.New(&text.WhereRegion, text.Args{"region": "r1"})})
	for want, got := range map[string]string{
		"m6i.large kostet in aws us-east-1 etwa 0,096 $ pro Stunde, mehr als die Grenze von 0,05 $.":                                   german.Message(price),
		"m6i.large cuesta unos 0,096 US$ por hora en aws us-east-1, más que el límite de 0,05 US$.":                                    spanish.Message(price),
		"Die Uhr zeigt " + noon.Local().Format("02.01.2006, 15:04") + ". Nichts hier widerspricht dem; sicher wüsste es nur das Netz.": german.Message(clock),
		"El reloj marca " + noon.Local().Format("02/01/2006, 15:04") + ". Nada aquí lo contradice; solo la red podría asegurarlo.":     spanish.Message(clock),
		"Es wird noch gewartet, bisher 1 h 1 min.":                                                     german.Message(wait),
		"Der Server konnte nicht angelegt werden. Die Cloud hat in r1 abgelehnt.":                      german.Message(unknown),
		"No se pudo crear el servidor. La nube rechazó la petición en r1.":                             spanish.Message(unknown),
		"Es gibt schon einen Server: c läuft.":                                                         german.Message(text.New(&text.LaunchActive, text.Args{"name": "c", "status": "running"})),
		"Es gibt keine Maschine zum Anhalten: Das Anlegen ist gescheitert und hat keine hinterlassen.": german.Message(text.New(&text.MachineNone, text.Args{"operation": "stop"})),
		"La operación de crear c está en curso.":                                                       spanish.Message(text.New(&text.BusyOperation, text.Args{"operation": "launch", "name": "c", "holder": text.Text{}})),
		"Die SSH-Gruppe sagt: „no 'such' node“.":                                                       german.Message(text.New(&text.SaidByCloud, text.Args{"cloud": "the SSH pool", "said": "no „such“ node"})),
		"Una etiqueta no puede llamarse «a\\n\"b\"».":                                                  spanish.Message(text.New(&text.SpecLabelName, text.Args{"value": "a\n\"b\""})),
		"0,5 vCPUs, 16 GB Arbeitsspeicher":                                                             german.Message(text.Resources(0.5, 16, 0)),
		"It was so.":                                                                                   german.Message(text.Words("It was so")),
		"new.code":                                                                                     german.Message(text.Text{Code: "new.code"}),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
