package vault

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

func TestWhatAMirrorMayDelete(t *testing.T) {
	was := lifecycle.MirroredVault{Device: 1, Inode: 2, Files: 100}
	mounted := was
	mounted.MountPoint = true
	for name, tt := range map[string]struct {
		before  *lifecycle.MirroredVault
		change  func(*Inventory)
		files   int // here
		added   int
		deleted int
		earlier int // deleted before, an hour ago or less
		allowed bool
		says    string // "": it may
	}{
		"nothing":                            {before: &was, files: 100},
		"ten of few":                         {before: &was, files: 1, deleted: 10},
		"eleven of few":                      {before: &was, files: 5, deleted: 11, says: "Much is missing"},
		"eleven of 110":                      {before: &was, files: 99, deleted: 11},
		"eleven of 109":                      {before: &was, files: 98, deleted: 11, says: "11 of 109 files would be deleted, the first of them “first”"},
		"what is new does not count":         {before: &was, files: 198, added: 100, deleted: 11, says: "11 of 109"},
		"six after five, of few":             {before: &was, files: 20, deleted: 6, earlier: 5, says: "6 of 26"},
		"six after five, of many":            {before: &was, files: 99, deleted: 6, earlier: 5},
		"five after five":                    {before: &was, files: 1, deleted: 5, earlier: 5},
		"nothing after eleven":               {before: &was, files: 1, earlier: 11},
		"eleven, allowed":                    {before: &was, files: 5, deleted: 11, allowed: true},
		"emptied":                            {before: &was, deleted: 1, says: "holds no files"},
		"emptied, and nobody remembers":      {deleted: 3, says: "holds no files"},
		"emptied, allowed":                   {before: &was, deleted: 100, allowed: true},
		"empty on both sides":                {before: &was},
		"another device":                     {before: &was, change: func(i *Inventory) { i.Device = 9 }, files: 99, deleted: 1, says: "is not the one that was mirrored last"},
		"another inode":                      {before: &was, change: func(i *Inventory) { i.Inode = 9 }, files: 99, deleted: 1, says: "is not the one"},
		"another device, nothing to delete":  {before: &was, change: func(i *Inventory) { i.Device = 9 }, files: 99},
		"another device, allowed":            {before: &was, change: func(i *Inventory) { i.Device = 9 }, files: 99, deleted: 1, allowed: true},
		"its disk is not mounted":            {before: &mounted, files: 99, deleted: 1, says: "its disk is not there"},
		"mounted since":                      {before: &was, change: func(i *Inventory) { i.MountPoint = true }, files: 99, deleted: 1},
		"never mirrored, a server like that": {files: 99, deleted: 1},
	} {
		now := Inventory{MirroredVault: lifecycle.MirroredVault{Device: 1, Inode: 2, Files: tt.files}}
		if tt.change != nil {
			tt.change(&now)
		}
		if now.Began = time.Unix(1e9, 0); tt.earlier > 0 {
			b := *tt.before
			b.Deleted, b.DeletedSince = tt.earlier, now.Began.Add(-together+1)
			tt.before = &b
		}
		g := Guard{
			Vault: schema.VaultPrivate, Local: "/home/u/private", Before: tt.before, Now: now, Allowed: tt.allowed,
			Differences: Differences{Added: tt.added, Deleted: tt.deleted, Deletions: tt.deleted + 1, FirstDeleted: []string{"first"}},
		}
		refusal := g.Refusal()
		if told := g.Change(schema.CompareContents, 1); !tt.allowed && told.NeedsConsent != (refusal != nil) {
			t.Errorf("%s: a host is told %+v", name, told)
		}
		if tt.says == "" {
			if refusal != nil {
				t.Errorf("%s: %+v", name, refusal)
			}
			continue
		}
		if refusal == nil || refusal.Kind != schema.KindDeletionsRefused || !strings.Contains(refusal.Message, tt.says) || !strings.Contains(refusal.Hint, "allow that") || refusal.Field != "spec.vaults.private" {
			t.Errorf("%s: %+v", name, refusal)
		}
	}
}

// Deletions count together for an hour, or until somebody consents.
func TestDeletionsCountTogether(t *testing.T) {
	at := time.Unix(1e9, 0)
	g := Guard{Now: Inventory{Began: at}, Differences: Differences{Deleted: 5}}
	var last lifecycle.MirroredVault
	for _, step := range []struct {
		after   time.Duration // the first
		allowed bool
		want    int
		since   time.Duration
	}{{0, false, 5, 0}, {time.Minute, false, 10, 0}, {together - 1, false, 15, 0}, {together, false, 5, together}, {together + 1, true, 0, 0}, {together + 2, false, 5, together + 2}} {
		g.Now.Began, g.Allowed = at.Add(step.after), step.allowed
		last = g.Made(schema.CompareContents, at.Add(time.Hour))
		if last.Deleted != step.want || step.want > 0 && !last.DeletedSince.Equal(at.Add(step.since)) || !last.Began.Equal(g.Now.Began) || last.Compared != schema.CompareContents {
			t.Errorf("%v: %+v", step, last)
		}
		made := last
		g.Before = &made
	}
}

// A refusal goes on until somebody answers it, however late.
func TestARefusalDoesNotLapse(t *testing.T) {
	at := time.Unix(1e9, 0)
	for refused, want := range map[bool]bool{true: true, false: false} {
		before := lifecycle.MirroredVault{Files: 200, Deleted: 15, DeletedSince: at, Refused: refused}
		g := Guard{Before: &before, Now: Inventory{Began: at.Add(2 * together)}, Differences: Differences{Deleted: 15, FirstDeleted: []string{"first"}}}
		g.Now.Files = 185
		if got := g.Refusal(); (got != nil) != want {
			t.Errorf("refused before: %v; two hours later: %+v", refused, got)
		}
		if g.Allowed = true; g.Made(schema.CompareContents, at).Refused {
			t.Error("a mirror that was made leaves the refusal")
		}
	}
}

func TestMaxDelete(t *testing.T) {
	was := lifecycle.MirroredVault{Device: 1, Inode: 2}
	g := Guard{Before: &was, Now: Inventory{MirroredVault: was}, Differences: Differences{Deletions: 5}}
	g.Now.Files = 30
	if got := g.MaxDelete(); got != 15 {
		t.Errorf("%d", got)
	}
	if g.Now.Files = 3; g.MaxDelete() != 7 { // a disk that goes after the look takes all three
		t.Errorf("a small vault: %d", g.MaxDelete())
	}
	if g.Now.Inode = 3; g.MaxDelete() != 5 {
		t.Errorf("another folder: %d", g.MaxDelete())
	}
	g.Now.Inode, g.Now.Files = 2, 0
	if got := g.MaxDelete(); got != 5 {
		t.Errorf("an empty one: %d", got)
	}
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		contents       bool
		largest, bytes int64
		want           schema.Comparison
	}{
		{true, 1, 2, schema.CompareContents},
		{false, 1, 2, schema.CompareSizeAndTime},
		{true, maxReadFile, maxReadBytes, schema.CompareContents},
		{true, maxReadFile + 1, maxReadBytes, schema.CompareSizeAndTime},
		{true, 1, maxReadBytes + 1, schema.CompareSizeAndTime},
	} {
		now := Inventory{MirroredVault: lifecycle.MirroredVault{Bytes: tt.bytes}, Largest: tt.largest}
		if got := Compare(tt.contents, now); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
		now.Raced = true
		if got, want := Compare(false, now), Compare(true, now); got != want {
			t.Errorf("%+v, where a change could be missed: %s", tt, got)
		}
	}
}

// What rsync can't see by size and time: a change within the second of what the last mirror brought.
func TestAFileOfTheLastMirrorsTime(t *testing.T) {
	root := tree(t, map[string]string{"f": "1"})
	for _, tt := range []struct {
		began, ended, changed float64
		want                  bool
	}{
		{100.5, 103.1, 99.9, false},
		{100.5, 103.1, 100, true},
		{100.5, 103.1, 102, true},
		{100.5, 103.1, 103.9, true},
		{100.5, 103.1, 104, false},
		{0, 103.1, 102, false}, // not noted
	} {
		at := func(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)) }
		if err := os.Chtimes(filepath.Join(root, "f"), at(tt.changed), at(tt.changed)); err != nil {
			t.Fatal(err)
		}
		last := &lifecycle.MirroredVault{At: at(tt.ended)}
		if tt.began > 0 {
			last.Began = at(tt.began)
		}
		if found, problem := LookThrough(t.Context(), schema.VaultPublic, root, last); problem != nil || found.Raced != tt.want {
			t.Errorf("%+v: %v, %v", tt, found.Raced, problem)
		}
	}
}

func TestLookThrough(t *testing.T) {
	root := tree(t, map[string]string{"a": "12345", "b/c": "1", "d/": ""})
	link(t, "a", filepath.Join(root, "l"))
	found, refusal := LookThrough(context.Background(), schema.VaultPublic, root, nil)
	if refusal != nil || found.Files != 3 || found.Bytes != 6 || found.Largest != 5 || found.Inode == 0 || found.MountPoint {
		t.Fatalf("%+v, %+v", found, refusal)
	}
	for name, want := range map[string]int64{"a": 5, "b/c": 1, "l": 0, "none": 0} {
		if got := found.Size(name); got != want {
			t.Errorf("%s has %d bytes, not %d", name, got, want)
		}
	}
	if again, _ := LookThrough(context.Background(), schema.VaultPublic, root, nil); again.MirroredVault != found.MirroredVault {
		t.Errorf("%+v, then %+v", found, again)
	}
	if other, _ := LookThrough(context.Background(), schema.VaultPublic, tree(t, nil), nil); other.Inode == found.Inode || other.Files != 0 {
		t.Errorf("another folder: %+v", other)
	}
	if _, refusal := LookThrough(context.Background(), schema.VaultPublic, filepath.Join(root, "none"), nil); refusal == nil || refusal.Kind != schema.KindVaultMissing || !strings.HasPrefix(refusal.Message, filepath.Join(root, "none")+" does not exist") {
		t.Errorf("%+v", refusal)
	}
	if _, _, mount := identify("/proc"); !mount {
		if _, err := os.Stat("/proc/self"); err == nil {
			t.Error("/proc is no mount point")
		}
	}
}
