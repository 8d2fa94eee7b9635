package skysim

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// The environment by which a program says whom it acts for (docs/skypilot.md, "The API server").
const (
	envUserID   = "SKYPILOT_USER_ID"
	envUserName = "SKYPILOT_USER"
)

// user is whom a program acts for: the client sends both with every request, and
// the API server keeps them with what the request makes.
type user struct{ Hash, Name string }

// The user that the recordings were made as. SkyPilot derives the hash from the
// names of the user and of the computer, so a file that is lost is made again with
// the same one (utils/common_utils.py: generate_user_hash).
const (
	ownHash = "fcd1e5cf"
	ownName = "me"
)

var userHashRule = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]*$`) })

func validUserHash(hash string) bool { return userHashRule().MatchString(hash) }

// identify finds out whom the program acts for: SKYPILOT_USER_ID, or else what
// ~/.sky/user_hash holds, which the first program makes (utils/common_utils.py:
// get_user_hash).
func (p *process) identify() error {
	p.user = user{Hash: p.env.UserID, Name: p.env.UserName}
	if p.user.Name == "" {
		p.user.Name = ownName
	}
	if validUserHash(p.user.Hash) {
		return nil
	}
	hash, err := localUser(p.env.Dir)
	if err != nil {
		return err
	}
	if !validUserHash(hash) {
		hash = ownHash
		if err := setLocalUser(p.env.Dir, hash); err != nil {
			return err
		}
	}
	p.user.Hash = hash
	return nil
}

func userFile(dir string) string { return filepath.Join(Home(dir), ".sky", "user_hash") }

// localUser is what ~/.sky/user_hash holds, "" when there is none.
func localUser(dir string) (string, error) {
	data, err := os.ReadFile(userFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(data)), err
}

// setLocalUser writes ~/.sky/user_hash whole: another program may be reading it.
func setLocalUser(dir, hash string) error {
	path := userFile(dir)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "user_hash.*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(hash)
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
