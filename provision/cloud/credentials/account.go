package credentials

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"carapace/provision/cloud"
)

// Account is a fingerprint of the account whose credentials a cloud's calls are
// made with. Equal fingerprints mean the same account as far as this machine can
// tell; "" means that it can't tell: there are no credentials, they are malformed,
// or nothing about them is public and e.Stat is nil. Different fingerprints mean
// other credentials, which may be new ones of the same account (a new access key).
//
// It is there for the clouds without cloud.Cloud.IdentityCheck. SkyPilot asked
// there with another account's keys finds no machine and removes the record of
// one that runs.
//
// It is made from what is public about the credentials: AWS's access key id or
// account number, a Google service account's address, OCI's user, tenancy and key
// fingerprint, and so on. Where nothing is, it is made from which file holds them,
// its size and its time of change. No secret goes into it, not even hashed. salt
// makes it say nothing outside of this machine: it must be kept as long as the
// fingerprints are, and "" gives "". profile is Spec.Profile and counts for AWS
// only.
//
// It reads a few small files, starts and connects to nothing, and is safe for
// concurrent use.
func Account(c cloud.Cloud, e Environment, profile, salt string) string {
	if salt == "" {
		return ""
	}
	marks := marksOf(c.ID, e, profile)
	if len(marks) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(salt))
	for _, mark := range append(marks, c.ID) {
		// With its length before it, no two lists of marks write the same bytes.
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(mark))))
		mac.Write([]byte(mark))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// marksOf is what tells one account of a cloud from another; nil where nothing does.
func marksOf(id string, e Environment, profile string) []string {
	if id == "aws" {
		return awsMarks(e, profile)
	}
	var marks []string
	for _, n := range needsOf(id) {
		if n.unmarked {
			continue
		}
		f := n.find(e)
		if !f.found || f.problem.hidesAccount() {
			return nil
		}
		of := f.marks(id, e)
		if len(of) == 0 {
			return nil
		}
		marks = append(marks, of...)
	}
	return marks
}

// marks is what tells the account of the credentials that were found.
func (f finding) marks(id string, e Environment) []string {
	switch id {
	case "azure":
		return azureMarks(e)
	case "gcp":
		return f.gcpMarks(e)
	case "kubernetes":
		return kubernetesMarks(f.from.files(e), e)
	case "nebius":
		return f.nebiusMarks(e)
	case "vsphere":
		return vsphereMarks(f.content)
	}
	if len(f.from.public) == 0 {
		return e.fileMarks(f.path)
	}
	value := e.Getenv
	if f.from.vars == nil {
		value = f.from.format.reader(f.content)
	}
	return public(value, f.from.public...)
}

// fileMarks tells a file from what it was before; nil where nothing can be told.
func (e Environment) fileMarks(path string) []string {
	if e.Stat == nil || path == "" {
		return nil
	}
	size, modified, err := e.Stat(path)
	if err != nil {
		return nil
	}
	return []string{"file", path, strconv.FormatInt(size, 10), strconv.FormatInt(modified.UnixNano(), 10)}
}

// public pairs keys with their values; nil where no key has one.
func public(value func(key string) string, keys ...string) []string {
	var marks []string
	for _, key := range keys {
		if v := value(key); v != "" {
			marks = append(marks, key, v)
		}
	}
	return marks
}

// reader returns a function that gives the value of a key in content, "" where
// there is none. It knows the formats of sources with public keys.
func (f format) reader(content []byte) func(key string) string {
	switch f {
	case formatSpaced, formatUnspaced:
		values := f.lines(content)
		return func(key string) string { return values[key] }
	case formatINI:
		file, _ := parseINI(content)
		return func(key string) string { return file[defaultSection][key] }
	case formatJSON, formatGCP:
		var object map[string]any
		if err := json.Unmarshal(content, &object); err != nil {
			object = nil
		}
		return func(key string) string {
			if object[key] == nil {
				return ""
			}
			return fmt.Sprint(object[key])
		}
	}
	return func(string) string { return "" }
}
