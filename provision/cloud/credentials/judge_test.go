//go:build unix

package credentials

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// judgeVar names the Python that SkyPilot 0.14.1 and its clouds' libraries are
// installed for; .ci/run's step judge makes one.
const judgeVar = "CARAPACE_JUDGE_PYTHON"

// SkyPilot's own functions are the judge of what we say of a home folder: present or
// not. Where they differ, the case says why.
func TestSkyPilotAgrees(t *testing.T) {
	python := os.Getenv(judgeVar)
	if python == "" {
		t.Skipf("SKIPPED: SkyPilot was not asked: %s is not set (.ci/run judge sets it)", judgeVar)
	}
	type question struct {
		Cloud  string            `json:"cloud"`
		Home   string            `json:"home"`
		Env    map[string]string `json:"env"`
		Secret string            `json:"secret"`
	}
	var cases []credentialCase
	var questions []question
	for _, tt := range allCases() {
		if tt.unjudged != "" {
			continue
		}
		home := t.TempDir()
		env := map[string]string{}
		for name, value := range tt.vars {
			env[name] = strings.Replace(value, "~", home, 1)
		}
		if tt.profile != "" {
			env["AWS_PROFILE"] = tt.profile
		}
		for path, content := range tt.files {
			path = filepath.Join(home, strings.TrimPrefix(path, "~/"))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			// SkyPilot's libraries expand "~" in some paths out of a file, botocore in none.
			if strings.Contains(path, "/.aws/") {
				content = strings.ReplaceAll(content, "~/", home+"/")
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cases, questions = append(cases, tt), append(questions, question{tt.cloud, home, env, secret})
	}
	asked, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/judge.py")
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(asked), &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the judge: %v\n%s", err, said.String())
	}
	var verdicts []struct {
		Present *bool  `json:"present"`
		Reason  string `json:"reason"`
	}
	if err := json.Unmarshal(out, &verdicts); err != nil || len(verdicts) != len(cases) {
		t.Fatalf("%d verdicts for %d cases: %v", len(verdicts), len(cases), err)
	}
	for i, tt := range cases {
		t.Run(tt.cloud+" "+tt.name, func(t *testing.T) {
			v := verdicts[i]
			switch {
			case v.Present == nil:
				t.Fatal(v.Reason)
			case (*v.Present == (tt.kind == "")) != (tt.differs == ""):
				t.Errorf("SkyPilot says present %v (%s), we %v; differs: %q", *v.Present, v.Reason, tt.kind == "", tt.differs)
			}
		})
	}
}
