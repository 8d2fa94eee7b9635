// Package vault is the two local folders whose contents the server mirrors:
// finding them, looking at what is in them, and bringing them there. It never
// writes into a vault.
package vault

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"carapace/provision/wsl"
	"carapace/schema"
	"carapace/schema/text"
)

// Paths are the two vaults on this machine: absolute, symbolic links resolved.
// The zero value is no vaults.
type Paths struct {
	Public, Private string
}

// place is where one vault is looked for.
type place struct {
	what     string // public or private
	field    string // spec.vaults.public
	variable string // PUBLIC_VAULT
	spec     string // what the spec says
	fallback string // under the project
}

// Resolve finds the vaults: what the spec names, else PUBLIC_VAULT and
// PRIVATE_VAULT, else data/public and data/private; relative paths are under the
// project, "~/" is HOME. Each must be a folder that can be read, and the two must
// be apart: what is private would otherwise be public. The error is of kind
// vault_missing, or invalid_spec where the folders can't be vaults. It looks at
// the file system, a handful of calls.
func Resolve(vaults *schema.Vaults, getenv func(string) string, projectDir string) (Paths, *schema.Error) {
	if vaults == nil {
		vaults = &schema.Vaults{}
	}
	public, refusal := place{"public", schema.VaultPublic.Field(), "PUBLIC_VAULT", vaults.Public, "data/public"}.find(getenv, projectDir)
	if refusal != nil {
		return Paths{}, refusal
	}
	private, refusal := place{"private", schema.VaultPrivate.Field(), "PRIVATE_VAULT", vaults.Private, "data/private"}.find(getenv, projectDir)
	if refusal != nil {
		return Paths{}, refusal
	}
	paths := Paths{Public: public, Private: private}
	return paths, paths.apart()
}

func (p place) find(getenv func(string) string, projectDir string) (string, *schema.Error) {
	named, from := p.spec, text.New(&text.NamedInSpec)
	if named == "" {
		named, from = getenv(p.variable), text.New(&text.NamedByVariable, text.Args{"variable": p.variable})
	}
	if named == "" {
		named, from = p.fallback, text.New(&text.NamedByDefault)
	}
	path, refusal := absolute(named, getenv, projectDir)
	if refusal != nil {
		return "", refusal.WithField(p.field)
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err == nil {
		err = readableFolder(resolved)
	}
	if err != nil {
		return "", schema.Fail(schema.KindVaultMissing, &text.VaultMissing, text.Args{
			"vault": p.what, "path": path, "named": from, "why": cannot(err), "field": p.field, "variable": p.variable,
		}).WithField(p.field)
	}
	if home := getenv("HOME"); home != "" && isWithin(home, resolved) {
		return "", schema.Fail(schema.KindInvalidSpec, &text.VaultIsHome, text.Args{"vault": p.what, "path": resolved}).WithField(p.field)
	}
	return resolved, nil
}

// absolute makes a path that a person wrote absolute. One of Windows is meant where this runs for an
// app of Windows.
func absolute(path string, getenv func(string) string, projectDir string) (string, *schema.Error) {
	if strings.ContainsRune(path, 0) {
		return "", schema.Fail(schema.KindInvalidSpec, &text.PathNUL)
	}
	if rest, found := strings.CutPrefix(path, "~/"); found && getenv("HOME") != "" {
		path = filepath.Join(getenv("HOME"), rest)
	}
	if inside, found := wsl.OfHost(path, getenv); found {
		path = inside
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(projectDir, path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", schema.Fail(schema.KindInvalidSpec, &text.PathRelative, text.Args{"path": path})
	}
	return path, nil
}

var (
	errNotFolder = errors.New("it is not a folder")
	errNeither   = errors.New("it is neither a file nor a folder")
)

// Followed is where a vault is now: since the launch, whose paths are kept, a person may have moved the folder
// to another disk and left a link in its place. One that leads nowhere stays as it is. It looks at the file system.
func Followed(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil && path != "" {
		return resolved
	}
	return path
}

// readableFolder returns why a folder's entries can't be read.
func readableFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errNotFolder
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if _, err := folder.ReadDir(1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// cannot is what is wrong with a path, as the end of a sentence.
func cannot(err error) text.Text {
	switch {
	case errors.Is(err, errNotFolder):
		return text.New(&text.PathNoFolder)
	case errors.Is(err, errNeither):
		return text.New(&text.PathNeither)
	case errors.Is(err, fs.ErrNotExist):
		return text.New(&text.PathGone)
	case errors.Is(err, fs.ErrPermission):
		return text.New(&text.PathDenied)
	}
	return text.New(&text.PathUnreadable, text.Args{"problem": reason(err)})
}

// reason is what the operating system says, without the path.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return err.Error()
}

// apart refuses one folder for both vaults, and one inside the other.
func (p Paths) apart() *schema.Error {
	inPublic, inPrivate := isWithin(p.Private, p.Public), isWithin(p.Public, p.Private)
	var refusal *schema.Error
	switch {
	case inPublic && inPrivate:
		refusal = schema.Fail(schema.KindInvalidSpec, &text.VaultsSame, text.Args{"path": p.Public})
	case inPublic:
		refusal = schema.Fail(schema.KindInvalidSpec, &text.VaultPrivateInside, text.Args{"path": p.Private, "folder": p.Public})
	case inPrivate:
		refusal = schema.Fail(schema.KindInvalidSpec, &text.VaultPublicInside, text.Args{"path": p.Public, "folder": p.Private})
	default:
		return nil
	}
	return refusal.WithField("spec.vaults")
}

// isWithin reports whether path is folder or lies in it. Folders are compared as
// the file system sees them, for names may differ in letter case or in how an
// umlaut is composed and still be the same folder.
func isWithin(path, folder string) bool {
	want, err := os.Stat(folder)
	if err != nil {
		return false
	}
	for {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, want) {
			return true
		}
		parent := filepath.Dir(path)
		if parent == path {
			return false
		}
		path = parent
	}
}
