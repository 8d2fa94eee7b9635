package skysim

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// itemizer prints what a mirror with deletions would do, as rsync 3.2.7 does with
// --dry-run --itemize-changes.
type itemizer struct {
	contents  bool // compare files by their contents, not by size and time
	lines     []string
	deletions int
}

func (z *itemizer) say(flags, name string) { z.lines = append(z.lines, flags+" "+escape(name)) }

// escape writes a name as rsync does.
func escape(name string) string {
	var out strings.Builder
	for _, r := range name {
		if unicode.IsControl(r) {
			fmt.Fprintf(&out, `\#%03o`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// folder compares what is in two folders; below is their path in the transfer, empty or
// with a slash at its end.
func (z *itemizer) folder(from, to, below string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	kinds := map[string]fs.FileMode{}
	for _, entry := range entries {
		kinds[entry.Name()] = entry.Type()
	}
	there, _ := os.ReadDir(to) // not there yet: nothing is in it
	for _, entry := range there {
		if kind, kept := kinds[entry.Name()]; !kept || kind != entry.Type() {
			z.remove(filepath.Join(to, entry.Name()), below+entry.Name(), entry.IsDir())
		}
	}
	for _, entry := range entries {
		if err := z.entry(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()), below+entry.Name(), entry); err != nil {
			return err
		}
	}
	return nil
}

func (z *itemizer) remove(path, name string, folder bool) {
	z.deletions++
	if !folder {
		z.say("*deleting  ", name)
		return
	}
	entries, _ := os.ReadDir(path) // what can't be read is deleted as an empty folder
	for _, entry := range entries {
		z.remove(filepath.Join(path, entry.Name()), name+"/"+entry.Name(), entry.IsDir())
	}
	z.say("*deleting  ", name+"/")
}

func (z *itemizer) entry(from, to, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	there, err := os.Lstat(to)
	isNew := err != nil || there.Mode().Type() != entry.Type()
	switch {
	case entry.IsDir():
		if isNew {
			z.say("cd+++++++++", name+"/")
		}
		return z.folder(from, to, name+"/")
	case entry.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if old, _ := os.Readlink(to); isNew {
			z.say("cL+++++++++", name+" -> "+target)
		} else if old != target {
			z.say("cLc........", name+" -> "+target)
		}
		return nil
	case isNew:
		z.say("<f+++++++++", name)
		return nil
	}
	return z.file(from, to, name, info, there)
}

func (z *itemizer) file(from, to, name string, info, there fs.FileInfo) error {
	sameTime := info.ModTime().Equal(there.ModTime())
	differs := info.Size() != there.Size() || !z.contents && !sameTime
	if z.contents && !differs {
		here, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		old, err := os.ReadFile(to)
		if err != nil {
			return err
		}
		differs = !bytes.Equal(here, old)
	}
	switch {
	case differs:
		z.say("<f.st......", name)
	case !sameTime:
		z.say(".f..t......", name)
	case info.Mode().Perm() != there.Mode().Perm():
		z.say(".f...p.....", name)
	}
	return nil
}
