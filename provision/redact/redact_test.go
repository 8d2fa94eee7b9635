package redact

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func knowing(secrets ...string) *Redactor {
	r := &Redactor{}
	r.Add(secrets...)
	return r
}

func TestKnown(t *testing.T) {
	for _, c := range []struct {
		name       string
		secrets    []string
		text, want string
	}{
		{"none known", nil, "hunter22", "hunter22"},
		{"one", []string{"hunter22"}, "a hunter22 b", "a [redacted] b"},
		{"the whole text", []string{"hunter22"}, "hunter22", "[redacted]"},
		{"within a word", []string{"hunter22"}, "xhunter22x", "x[redacted]x"},
		{"twice, one after the other", []string{"hunter22"}, "hunter22hunter22", "[redacted]"},
		{"two", []string{"hunter22", "swordfish"}, "swordfish, hunter22", "[redacted], [redacted]"},
		{"one within another", []string{"fish", "swordfish"}, "swordfish fish", "[redacted] [redacted]"},
		{"two that overlap", []string{"abcdef", "defghi"}, "-abcdefghi-", "-[redacted]-"},
		{"added twice", []string{"hunter22", "hunter22"}, "hunter22", "[redacted]"},
		{"empty", []string{""}, "ab", "ab"},
		{"too short", []string{"abc"}, "abc abcabc", "abc abcabc"},
		{"just long enough", []string{"abcd"}, "abcd abcabc", "[redacted] abcabc"},
		{"too short without its space", []string{" ab "}, "x ab x", "x ab x"},
		{"blank", []string{"        "}, "          x", "          x"},
		{"no secret at all", []string{"true", "None", "FALSE"}, "true None FALSE", "true None FALSE"},
		{"a file's contents", []string{"hunter22\n"}, "hunter22", "[redacted]"},
		{"several lines", []string{"first line\nits second\nab"}, "x first line\nx its second\nx ab", "x [redacted]\nx [redacted]\nx ab"},
		{"a short line of several", []string{"first line\nrunning\n12345678"}, "The server is running. 12345678", "The server is running. [redacted]"},
		{"several lines, whole", []string{"first line\nsecond\nab"}, "x\nfirst line\nsecond\nab\nx", "x\n[redacted]\nx"},
		{"several lines, indented", []string{"  first line\r\n  second line\r\n"}, "first line\nsecond line", "[redacted]\n[redacted]"},
		{"a terminal's line ends", []string{"first\nsecond"}, "first\r\nsecond", "[redacted]"},
		{"the mask", []string{"redacted", "[red", "acted]"}, "it was redacted: [redacted]", "it was [redacted]: [redacted]"},
		{"the mask within", []string{"a[redacted]b", "hunter22"}, "ahunter22b", "[redacted]"},
		{"beside a mask", []string{"hunter22"}, "[redacted]hunter22[redacted]", "[redacted]"},
		{"other case", []string{"hunter22"}, "Hunter22", "Hunter22"},
		{"not UTF-8", []string{"\xff\xfe\xfd\xfc"}, "a\xff\xfe\xfd\xfcb", "a[redacted]b"},
		{"nothing", []string{"hunter22"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := knowing(c.secrets...)
			got := r.String(c.text)
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if again := r.String(got); again != got {
				t.Errorf("and again: %q", again)
			}
		})
	}
}

// TestAddLater: what was known stays known.
func TestAddLater(t *testing.T) {
	r := knowing("hunter22")
	r.Add("swordfish")
	r.Add()
	if got := r.String("hunter22 swordfish"); got != "[redacted] [redacted]" {
		t.Error(got)
	}
}

func TestConcurrentUse(t *testing.T) {
	r := &Redactor{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			secret := fmt.Sprintf("secret-number-%d", i)
			r.Add(secret)
			if got := r.String("x" + secret); got != "x[redacted]" {
				t.Error(got)
			}
		})
	}
	wg.Wait()
}

// recordings are what the real SkyPilot printed.
var recordings = []string{"../sky/testdata/transcripts", "../sky/testdata/recordings"}

// TestRecordings: of all that SkyPilot was seen to print nothing is taken away
// but the id of an access key, which the identity of a cluster's owner holds,
// whether line by line or in one piece, and whatever secrets are known besides.
func TestRecordings(t *testing.T) {
	r := knowing("hunter22-0123456789", "a secret of\nthree lines, \"quoted\"\nand 'so'", "pässword%41\\n")
	const keyID = "AKIAIOSFODNN7EXAMPLE"
	files := 0
	for _, root := range recordings {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			whole := string(data)
			for _, text := range append(strings.Split(whole, "\n"), whole) {
				if got, want := r.String(text), strings.ReplaceAll(text, keyID, Mask); got != want {
					t.Errorf("%s:\n%s\nwant\n%s", path, got, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("only %d files", files)
	}
}

func TestSecretive(t *testing.T) {
	for _, name := range []string{"HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "db_password", "WANDB_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "SSH_PRIVATE_KEY", "apikey", "PGPASSWD", "KEY_PASSPHRASE", "BASIC_AUTH"} {
		if !Secretive(name) {
			t.Errorf("%s is not taken for a secret", name)
		}
	}
	for _, name := range []string{"", "PATH", "AWS_REGION", "EPOCHS", "CUDA_VISIBLE_DEVICES", "KEYBOARD", "PASS"} {
		if Secretive(name) {
			t.Errorf("%s is taken for a secret", name)
		}
	}
}
