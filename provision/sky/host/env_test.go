package host

import (
	"slices"
	"strings"
	"testing"
)

func TestEnvironment(t *testing.T) {
	h := Host{GOOS: "linux", Home: "/home/me", Environ: []string{
		"HOME=/home/me", "PATH=ignored", "LANG=de_DE.UTF-8", "AWS_PROFILE=one", "AWS_PROFILE=two", "EMPTY=", "=broken", "broken",
		"PYTHONHOME=/tmp/.mount_x/usr", "PYTHONPATH=/x", "VIRTUAL_ENV=/v", "_MEIPASS2=/m", "_PYI_ARCHIVE_FILE=/m/x", "FORCE_COLOR=1", "COLUMNS=80", "SKYPILOT_DEBUG=1",
		"APPDIR=/tmp/.mount_x", "APPIMAGE=/me.AppImage",
		"LD_LIBRARY_PATH=/tmp/.mount_x/usr/lib:/opt/cuda/lib", "XDG_DATA_DIRS=/tmp/.mount_x/usr/share:/usr/share", "GTK_PATH=/tmp/.mount_x/gtk",
		"LD_PRELOAD=/tmp/.mount_xy/keep.so", "HTTPS_PROXY=http://p:3128", "NO_COLOR=0", "TERM=xterm",
	}}
	got := Environment(h, []string{"/a", "/b"})
	slices.Sort(got)
	want := []string{
		"AWS_PROFILE=two", "EMPTY=", "HOME=/home/me", "HTTPS_PROXY=http://p:3128", "LANG=de_DE.UTF-8", "LD_LIBRARY_PATH=/opt/cuda/lib",
		"LD_PRELOAD=/tmp/.mount_xy/keep.so", "NO_COLOR=1", "PATH=/a:/b", "PYTHONIOENCODING=utf-8", "PYTHONUNBUFFERED=1",
		"SKYPILOT_DISABLE_USAGE_COLLECTION=1", "TERM=dumb", "XDG_DATA_DIRS=/usr/share",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEnvironmentKeepsTheUsersChoice(t *testing.T) {
	got := Environment(Host{GOOS: "linux", Environ: []string{"SKYPILOT_DISABLE_USAGE_COLLECTION=0", "LD_LIBRARY_PATH=/bundled", "LD_LIBRARY_PATH_ORIG=/users"}}, nil)
	if v := lookupEnv(got, "SKYPILOT_DISABLE_USAGE_COLLECTION"); v != "0" {
		t.Errorf("usage collection %q", v)
	}
	if v := lookupEnv(got, "LD_LIBRARY_PATH"); v != "/users" { // what PyInstaller put aside
		t.Errorf("library path %q", v)
	}
	if v := lookupEnv(got, "LD_LIBRARY_PATH_ORIG"); v != "" {
		t.Errorf("its copy %q", v)
	}
}

func TestSearchPath(t *testing.T) {
	h := Host{GOOS: "darwin", Home: "/Users/me", Environ: []string{"PATH=/usr/bin:.::rel/bin:/usr/bin:/x", "APPDIR=/x"}}
	got := h.searchPath("/Users/me/.local/bin/sky", "/Users/me/.local/share/uv/tools/skypilot/bin/sky", "/opt/mine:./bad:/usr/bin")
	want := []string{
		"/Users/me/.local/bin", "/usr/bin", "/opt/mine", "/opt/homebrew/bin", "/opt/local/bin", "/usr/local/bin", "/Users/me/google-cloud-sdk/bin",
		"/bin", "/usr/sbin", "/sbin", "/Users/me/.local/share/uv/tools/skypilot/bin",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if linux := (Host{GOOS: "linux", Home: "/h"}).searchPath("/v/sky", "", ""); linux[0] != "/v" || !slices.Contains(linux, "/snap/bin") {
		t.Errorf("%q", linux)
	}
}
