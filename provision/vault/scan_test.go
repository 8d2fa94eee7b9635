package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
	upload, _ = Scan(context.Background(), Paths{Public: tree(t, many)})
	v := upload.Vaults[0]
	if len(upload.Suspicious) != maxSuspicious || v.Secrets != 30 || len(v.FirstSecrets) != maxSecrets || v.FirstSecrets[0] != (schema.SecretFile{Path: "0.pem", Why: "a private key or a certificate", Code: "secret.key_or_certificate"}) {
		t.Errorf("%+v", upload)
	}
}

func TestScanTellsWhatIsInEachVault(t *testing.T) {
	public := tree(t, map[string]string{"a": "1", "b": "333", "c": "22", "d": "333", "e": "55555", "f": "4444", "id_rsa": "", "sub/.env": ""})
	link(t, "a", filepath.Join(public, "l"))
	private := tree(t, map[string]string{"p": "1"})
	for i := range maxProblems + 5 { // what is wrong does not keep the rest from being counted
		link(t, "/x", filepath.Join(private, fmt.Sprint("absolute", i)))
	}
	upload, problems := Scan(context.Background(), Paths{public, private})
	if len(problems) != maxProblems || !upload.Complete || upload.Files != 9 || len(upload.Vaults) != 2 {
		t.Fatalf("%+v, %d problems", upload, len(problems))
	}
	v := upload.Vaults[0]
	largest := []schema.UploadFile{{Path: "e", Bytes: 5}, {Path: "f", Bytes: 4}, {Path: "b", Bytes: 3}, {Path: "d", Bytes: 3}, {Path: "c", Bytes: 2}}
	secrets := []schema.SecretFile{{Path: "id_rsa", Why: "a private SSH key", Code: "secret.ssh_key"}, {Path: "sub/.env", Why: "environment variables, with passwords among them", Code: "secret.environment"}}
	if v.Vault != schema.VaultPublic || v.Local != public || v.Files != 8 || v.Links != 1 || v.Bytes != 18 || !slices.Equal(v.Largest, largest) || v.Secrets != 2 || !slices.Equal(v.FirstSecrets, secrets) {
		t.Errorf("%+v", v)
	}
	if v := upload.Vaults[1]; v.Vault != schema.VaultPrivate || v.Files != 1 || v.Links != maxProblems+5 || v.Secrets != 0 {
		t.Errorf("%+v", v)
	}
}

// What is compared by size and time is in the fingerprint, each of it.
func TestFingerprintChangesWithWhatAMirrorCompares(t *testing.T) {
	root := tree(t, map[string]string{"f": "1", "d/g": "2"})
	link(t, "f", filepath.Join(root, "l"))
	look := func() string {
		t.Helper()
		found, problem := LookThrough(context.Background(), schema.VaultPublic, root, nil)
		if problem != nil || found.Fingerprint == "" {
			t.Fatal(found, problem)
		}
		return found.Fingerprint
	}
	f := filepath.Join(root, "f")
	before := look()
	if again := look(); again != before {
		t.Errorf("nothing has changed: %s, %s", before, again)
	}
	for what, change := range map[string]func() error{
		"time":            func() error { return os.Chtimes(f, time.Unix(1, 0), time.Unix(1, 0)) },
		"size":            func() error { return os.Truncate(f, 7) },
		"mode":            func() error { return os.Chmod(f, 0o600) },
		"name":            func() error { return os.Rename(filepath.Join(root, "d", "g"), filepath.Join(root, "d", "h")) },
		"a folder's mode": func() error { return os.Chmod(filepath.Join(root, "d"), 0o700) },
		"a link's target": func() error {
			at := filepath.Join(root, "l")
			return errors.Join(os.Remove(at), os.Symlink("d", at))
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		after := look()
		if after == before {
			t.Errorf("another %s, and the same fingerprint", what)
		}
		before = after
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
	upload, problems := Scan(context.Background(), Paths{root, tree(t, map[string]string{"p": ""})})
	if len(problems) != 1 || upload.Complete || !strings.Contains(problems[0].Message, "more than 64 GiB") {
		t.Fatalf("%+v", problems)
	}
	s := &scan{ctx: context.Background(), root: root, upload: &schema.Upload{Files: MaxFiles}}
	entries, _ := os.ReadDir(root)
	if err := s.visit(filepath.Join(root, "big"), entries[0], nil); !errors.Is(err, fs.SkipAll) || !s.stopped || !strings.Contains(s.problems[0].Message, "200000 files") {
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
