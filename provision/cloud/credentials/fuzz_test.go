package credentials

import (
	"strings"
	"testing"
)

// FuzzParseINI: no input panics, and what was parsed, written out again, parses
// to the same.
func FuzzParseINI(f *testing.F) {
	for _, seed := range []string{
		"", "[a]\nk = v\n", "[a]\nk: v\n  more\n", "[profile \"x y\"]\nk=\n", "[a]\n[a]\n", "k=v", "[", "[]", "\ufeff[a]", "[a]\r\nk=v\r\n", "#c\n;d\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, problem := parseINI(data)
		if problem.Code != "" {
			if file != nil {
				t.Fatalf("a problem (%s) and a file", problem.Message())
			}
			return
		}
		for name, section := range file {
			for option, value := range section {
				if option != strings.ToLower(option) || strings.TrimSpace(option) == "" {
					t.Fatalf("[%s] has the option %q = %q", name, option, value)
				}
			}
		}
	})
}

// FuzzFormats: no content panics a format, and no message repeats it.
func FuzzFormats(f *testing.F) {
	f.Add(0, []byte("x"))
	f.Add(1, []byte(`{"k":"S3CR3Tvalue`))
	f.Add(2, []byte("k: [S3CR3Tvalue"))
	f.Add(3, []byte("k = <S3CR3Tvalue>"))
	f.Add(4, []byte("[DEFAULT]\nk=S3CR3Tvalue\nk=1"))
	f.Add(5, []byte(`{"type":"S3CR3Tvalue"}`))
	f.Add(6, []byte("S3CR3Tvalue S3CR3Tvalue"))
	f.Add(7, []byte("[default]\nk = \"S3CR3Tvalue"))
	f.Add(8, []byte("vcenters: [{name: S3CR3Tvalue}]"))
	f.Fuzz(func(t *testing.T, which int, content []byte) {
		e := fake(nil, nil)
		shown := format(which).judge(content, []string{"k"}).said.Message()
		for _, check := range []func(Environment, []byte) problem{checkAzure, checkKubernetes, checkOCI, checkDO, checkCudo, checkVSphere, checkSlurm, checkFluidStack} {
			shown += check(e, content).said.Message()
		}
		if strings.Contains(shown, secret) {
			t.Fatalf("a value is shown: %s", shown)
		}
	})
}
