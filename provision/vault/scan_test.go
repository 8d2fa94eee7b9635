package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

func TestScanCountsEverything(t *testing.T) {
	public := tree(t, map[string]string{"a b.txt": "12345", "ä/ö.txt": "123", ".hidden": "1", ".gitignore": "x.log", "x.log": "12", "leer/": ""})
	private := tree(t, map[string]string{"p": "1"})
	upload, problems := Scan(context.Background(), Paths{public, private})
	if len(problems) != 0 || upload.Files != 6 || upload.Bytes != 17 || upload.Suspicious != nil {
		t.Fatalf("%+v, %+v", upload, problems)
	}
}

func TestScanNoticesSecrets(t *testing.T) {
	files := map[string]string{}
	suspicious := []string{".env", ".env.local", "keys/id_rsa", "a.PEM", "Credentials", "k.kdbx", ".netrc", "x/client_secret_1.json", "t.tfstate"}
	for _, name := range append([]string{"id_rsa.pub", ".env.example", "key.txt", "secretary.txt"}, suspicious...) {
		files[name] = ""
	}
	upload, _ := Scan(context.Background(), Paths{Public: tree(t, files)})
	slices.Sort(upload.Suspicious)
	slices.Sort(suspicious)
	if !slices.Equal(upload.Suspicious, suspicious) {
		t.Fatalf("%q, want %q", upload.Suspicious, suspicious)
	}
	many := map[string]string{}
	for i := range 30 {
		many[fmt.Sprintf("%d.pem", i)] = ""
	}
	if upload, _ := Scan(context.Background(), Paths{Public: tree(t, many)}); len(upload.Suspicious) != maxSuspicious {
		t.Errorf("%d names", len(upload.Suspicious))
	}
}

func TestScanJudgesLinks(t *testing.T) {
	for name, tt := range map[string]struct {
		target string
		says   string // "": kept
	}{
		"file beside":          {"f", ""},
		"folder":               {"d", ""},
		"to nothing inside":    {"none", ""},
		"to itself":            {"link", ""},
		"up and down again":    {"d/../f", ""},
		"absolute":             {"/etc/passwd", "absolute path"},
		"absolute but inside":  {"ROOT/f", "absolute path"},
		"out":                  {"../x", "leaves it"},
		"out and to nothing":   {"d/../../none", "leaves it"},
		"out and in again":     {"../VAULT/f", "leaves it"}, // on the server the vault is called otherwise
		"the vault's own root": {".", ""},
	} {
		root := tree(t, map[string]string{"f": "", "d/e": ""})
		link(t, strings.NewReplacer("ROOT", root, "VAULT", filepath.Base(root)).Replace(tt.target), filepath.Join(root, "link"))
		_, problems := Scan(context.Background(), Paths{Private: root})
		if tt.says == "" && len(problems) == 0 {
			continue
		}
		if len(problems) != 1 || tt.says == "" || !strings.Contains(problems[0].Message, tt.says) || !strings.Contains(problems[0].Message, "link in the private vault") ||
			problems[0].Kind != schema.KindInvalidSpec || problems[0].Field != "spec.vaults.private" || problems[0].Hint == "" {
			t.Errorf("%s: %+v", name, problems)
		}
	}
}

func TestScanFollowsChainsOfLinks(t *testing.T) {
	root := tree(t, map[string]string{"deep/er/f": "", "g": ""})
	link(t, filepath.Join("deep", "er"), filepath.Join(root, "d"))
	link(t, "d/../../g", filepath.Join(root, "fine")) // by the text it leaves the vault
	if _, problems := Scan(context.Background(), Paths{Public: root}); len(problems) != 0 {
		t.Fatalf("%+v", problems)
	}
}

func TestScanStopsWhenAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, problems := Scan(ctx, Paths{Public: tree(t, map[string]string{"f": ""})})
	if len(problems) != 1 || problems[0].Kind != schema.KindTimeout {
		t.Fatalf("%+v", problems)
	}
}

func TestScanStopsAtALimit(t *testing.T) {
	root := tree(t, map[string]string{"big": ""})
	if err := os.Truncate(filepath.Join(root, "big"), MaxBytes+1); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	_, problems := Scan(context.Background(), Paths{root, tree(t, map[string]string{"p": ""})})
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "more than 64 GiB") {
		t.Fatalf("%+v", problems)
	}
	s := &scan{ctx: context.Background(), root: root, upload: &schema.Upload{Files: MaxFiles}}
	entries, _ := os.ReadDir(root)
	if err := s.visit(filepath.Join(root, "big"), entries[0], nil); !errors.Is(err, errStopped) || !s.full || !strings.Contains(s.problems[0].Message, "200000 files") {
		t.Fatalf("%v, %+v", err, s.problems)
	}
}

func TestScanNamesAtMostTwenty(t *testing.T) {
	root := tree(t, nil)
	for i := range 30 {
		link(t, "/x", filepath.Join(root, fmt.Sprint(i)))
	}
	if _, problems := Scan(context.Background(), Paths{Public: root}); len(problems) != maxProblems {
		t.Fatalf("%d problems", len(problems))
	}
}

func TestScanOfNothing(t *testing.T) {
	if upload, problems := Scan(context.Background(), Paths{}); upload.Files != 0 || problems != nil {
		t.Fatalf("%+v, %+v", upload, problems)
	}
	_, problems := Scan(context.Background(), Paths{Public: filepath.Join(t.TempDir(), "gone")})
	if len(problems) != 1 || problems[0].Kind != schema.KindVaultMissing {
		t.Fatalf("%+v", problems)
	}
}

func BenchmarkScan(b *testing.B) {
	files := map[string]string{}
	for i := range 1000 {
		files[fmt.Sprintf("%d/%d.txt", i%10, i)] = "x"
	}
	root := tree(b, files)
	for b.Loop() {
		Scan(context.Background(), Paths{Public: root})
	}
}
