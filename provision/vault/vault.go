// Package vault is the two local folders whose contents the server mirrors:
// finding them, looking at what is in them, and bringing them there. It never
// writes into a vault.
package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"carapace/schema"
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
	public, refusal := place{"public", "spec.vaults.public", "PUBLIC_VAULT", vaults.Public, "data/public"}.find(getenv, projectDir)
	if refusal != nil {
		return Paths{}, refusal
	}
	private, refusal := place{"private", "spec.vaults.private", "PRIVATE_VAULT", vaults.Private, "data/private"}.find(getenv, projectDir)
	if refusal != nil {
		return Paths{}, refusal
	}
	paths := Paths{Public: public, Private: private}
	return paths, paths.apart()
}

func (p place) find(getenv func(string) string, projectDir string) (string, *schema.Error) {
	named, from := p.spec, "the spec"
	if named == "" {
		named, from = getenv(p.variable), p.variable
	}
	if named == "" {
		named, from = p.fallback, "the default"
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
		return "", p.missing(path, from, err)
	}
	if home := getenv("HOME"); home != "" && isWithin(home, resolved) {
		return "", schema.NewError(schema.KindInvalidSpec,
			fmt.Sprintf("The %s vault can't be %s: your whole home folder, with its keys and passwords, would go to the server.", p.what, resolved),
			"Choose a folder of its own.").WithField(p.field)
	}
	return resolved, nil
}

// absolute makes a path that a person wrote absolute.
func absolute(path string, getenv func(string) string, projectDir string) (string, *schema.Error) {
	if strings.ContainsRune(path, 0) {
		return "", schema.NewError(schema.KindInvalidSpec, "A path can't hold a NUL character.", "Remove it.")
	}
	if rest, found := strings.CutPrefix(path, "~/"); found && getenv("HOME") != "" {
		path = filepath.Join(getenv("HOME"), rest)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(projectDir, path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", schema.NewError(schema.KindInvalidSpec, "The path "+path+" can't be made absolute: the working directory is gone.", "Use an absolute path.")
	}
	return path, nil
}

var errNotFolder = errors.New("it is not a folder")

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

func (p place) missing(path, from string, err error) *schema.Error {
	return schema.NewError(schema.KindVaultMissing,
		fmt.Sprintf("The %s vault %s (%s) %s.", p.what, path, from, cannot(err)),
		fmt.Sprintf("Make the folder, or name another one in %s or in the environment variable %s.", p.field, p.variable)).WithField(p.field)
}

// cannot is what is wrong with a path, as the end of a sentence.
func cannot(err error) string {
	switch {
	case errors.Is(err, errNotFolder):
		return "is not a folder"
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "can't be read: permission denied"
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return "can't be read: " + err.Error()
}

// apart refuses one folder for both vaults, and one inside the other.
func (p Paths) apart() *schema.Error {
	message := ""
	switch {
	case isWithin(p.Public, p.Private) && isWithin(p.Private, p.Public):
		message = "The public and the private vault are the same folder, " + p.Public + "."
	case isWithin(p.Private, p.Public):
		message = fmt.Sprintf("The private vault %s lies inside the public one, %s.", p.Private, p.Public)
	case isWithin(p.Public, p.Private):
		message = fmt.Sprintf("The public vault %s lies inside the private one, %s.", p.Public, p.Private)
	default:
		return nil
	}
	return schema.NewError(schema.KindInvalidSpec, message, "Use two folders that are apart.").WithField("spec.vaults")
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
