package vault

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"carapace/provision/wsl"
	"carapace/schema"
)

// tree makes a folder with these files; a name that ends in "/" is a folder.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o755)
		} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func link(t testing.TB, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestResolveOrder(t *testing.T) {
	root := tree(t, map[string]string{"data/public/": "", "data/private/": "", "a/": "", "b/": "", "c/": "", "d/": ""})
	at := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
	for name, tt := range map[string]struct {
		spec            *schema.Vaults
		vars            map[string]string
		public, private string
	}{
		"default":            {nil, nil, "data/public", "data/private"},
		"variables":          {nil, map[string]string{"PUBLIC_VAULT": at("a"), "PRIVATE_VAULT": "b"}, "a", "b"},
		"spec":               {&schema.Vaults{Public: at("c"), Private: "./d"}, map[string]string{"PUBLIC_VAULT": at("a"), "PRIVATE_VAULT": at("b")}, "c", "d"},
		"half a spec":        {&schema.Vaults{Public: "c"}, map[string]string{"PRIVATE_VAULT": at("b")}, "c", "b"},
		"under the own home": {&schema.Vaults{Public: "~/a", Private: "~/b"}, map[string]string{"HOME": root}, "a", "b"},
	} {
		got, refusal := Resolve(tt.spec, env(tt.vars), root)
		if want := (Paths{at(tt.public), at(tt.private)}); refusal != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, refusal, want)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	root := tree(t, map[string]string{"data/public/in/": "", "data/private/": "", "file": "x", "other/": ""})
	link(t, filepath.Join(root, "data", "public"), filepath.Join(root, "same"))
	link(t, filepath.Join(root, "nowhere"), filepath.Join(root, "broken"))
	const missing, invalid = schema.KindVaultMissing, schema.KindInvalidSpec
	for name, tt := range map[string]struct {
		spec        schema.Vaults
		home        string
		kind        schema.Kind
		field, says string
	}{
		"not there":       {schema.Vaults{Public: "none"}, "", missing, "spec.vaults.public", "does not exist"},
		"a file":          {schema.Vaults{Private: "file"}, "", missing, "spec.vaults.private", "is not a folder"},
		"below a file":    {schema.Vaults{Private: "file/x"}, "", missing, "spec.vaults.private", ""},
		"broken link":     {schema.Vaults{Public: "broken"}, "", missing, "spec.vaults.public", "does not exist"},
		"NUL":             {schema.Vaults{Public: "a\x00b"}, "", invalid, "spec.vaults.public", "NUL"},
		"the same":        {schema.Vaults{Public: "other", Private: "other"}, "", invalid, "spec.vaults", "same folder"},
		"the same, link":  {schema.Vaults{Private: "same"}, "", invalid, "spec.vaults", "same folder"},
		"private inside":  {schema.Vaults{Private: "data/public/in"}, "", invalid, "spec.vaults", "private vault"},
		"public inside":   {schema.Vaults{Public: "data/public/in", Private: "data"}, "", invalid, "spec.vaults", "public vault"},
		"the home folder": {schema.Vaults{Public: "other"}, "other", invalid, "spec.vaults.public", "home folder"},
		"above the home":  {schema.Vaults{Public: "data"}, "data/public", invalid, "spec.vaults.public", "home folder"},
	} {
		vars := map[string]string{}
		if tt.home != "" {
			vars["HOME"] = filepath.Join(root, filepath.FromSlash(tt.home))
		}
		_, refusal := Resolve(&tt.spec, env(vars), root)
		if refusal == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if refusal.Kind != tt.kind || refusal.Field != tt.field || !strings.Contains(refusal.Message, tt.says) || refusal.Hint == "" {
			t.Errorf("%s: %+v", name, refusal)
		}
	}
}

// For an app of Windows a path of Windows is one of the Subsystem for Linux; for others it is a name like any.
func TestResolveForWindows(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no Subsystem's paths")
	}
	for distribution, want := range map[string]string{"default": "/mnt/c/Users/A B/v", "": `/project/C:\Users\A B\v`} {
		got, refusal := absolute(`C:\Users\A B\v`, env(map[string]string{wsl.Variable: distribution}), "/project")
		if refusal != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", distribution, got, refusal, want)
		}
	}
}

func TestResolveNeedsToRead(t *testing.T) {
	if os.Getuid() <= 0 {
		t.Skip("root reads everything, and Windows has other rights")
	}
	root := tree(t, map[string]string{"data/public/": "", "data/private/": ""})
	if err := os.Chmod(filepath.Join(root, "data", "private"), 0); err != nil {
		t.Fatal(err)
	}
	_, refusal := Resolve(nil, env(nil), root)
	if refusal == nil || refusal.Kind != schema.KindVaultMissing || !strings.Contains(refusal.Message, "permission denied") {
		t.Fatalf("%+v", refusal)
	}
}

func TestMakeSources(t *testing.T) {
	if runtime.GOOS == "windows" {
		if _, refusal := MakeSources(t.TempDir(), Paths{}); refusal == nil || refusal.Kind != schema.KindUnsupported {
			t.Fatalf("%+v", refusal)
		}
		return
	}
	dir := tree(t, nil)
	got, refusal := MakeSources(dir, Paths{Public: "/data/Öffentlich und so", Private: "/data/it's $(touch x)"})
	want := Sources{Public: "/data/Öffentlich und so", Private: filepath.Join(dir, "empty")}
	if refusal != nil || got != want {
		t.Fatalf("%+v, %v", got, refusal)
	}
	if entries, err := os.ReadDir(want.Private); err != nil || len(entries) != 0 {
		t.Fatalf("%v, %v", entries, err)
	}
	if _, refusal := MakeSources(dir, Paths{Private: "/a`b"}); refusal != nil {
		t.Errorf("the second time: %v", refusal)
	}
	if err := os.WriteFile(filepath.Join(want.Private, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{"not empty": dir, "hostile itself": "/state'dir", "relative": "state"} {
		if _, refusal := MakeSources(bad, Paths{Private: "/a`b"}); refusal == nil || refusal.Kind != schema.KindStateUnwritable || refusal.Hint == "" {
			t.Errorf("%s: %+v", name, refusal)
		}
	}
}

func TestHarmless(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of another form")
	}
	for path, want := range map[string]bool{
		"/a": true, "/a b/c.d-e_f": true, "/ä/ö/日本": true, "/a(b)[c]{d}!&;*?#~%": true, "/u\u0308": true,
		"/it's": false, `/a"b`: false, `/a\b`: false, "/$HOME": false, "/`id`": false, "/a\nb": false, "/a\tb": false, "/a\u00a0b": false,
		"/a\u200bb": false, "/😀": false, "/a ": false, "a": false, "": false, "/\xff": false, "/\ufffd": false,
	} {
		if got := harmless(path); got != want {
			t.Errorf("harmless(%q) = %v", path, got)
		}
	}
}

func TestResolveMounts(t *testing.T) {
	root := tree(t, map[string]string{"compose.yaml": "x", "folder/": "", "it's": "x"})
	link(t, "compose.yaml", filepath.Join(root, "link"))
	got, refusal := ResolveMounts(map[string]string{"/opt/a": "compose.yaml", "/opt/b": "link", "/opt/c": filepath.Join(root, "folder")}, env(nil), root)
	file := filepath.Join(root, "compose.yaml")
	if refusal != nil || got["/opt/a"] != file || got["/opt/b"] != file || got["/opt/c"] != filepath.Join(root, "folder") {
		t.Fatalf("%v, %v", got, refusal)
	}
	for local, kind := range map[string]schema.Kind{"none": schema.KindMountFailed, "it's": schema.KindInvalidSpec, "a\x00": schema.KindInvalidSpec} {
		_, refusal := ResolveMounts(map[string]string{"/opt/a": local}, env(nil), root)
		if refusal == nil || refusal.Kind != kind || refusal.Field != `spec.mounts["/opt/a"]` || refusal.Hint == "" {
			t.Errorf("%q: %+v", local, refusal)
		}
	}
}
