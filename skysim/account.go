package skysim

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// identity is what SkyPilot finds out about the account behind a cloud's
// credentials, and keeps as a cluster's owner. Most clouds have none: SkyPilot
// does not ask them (clouds/*.py: get_user_identities returns None), so it can't
// tell that the credentials are another account's.
func identity(cloud, account string) []string {
	switch number := accountNumber(account); cloud {
	case "aws":
		if account == "" {
			return []string{"AKIAIOSFODNN7EXAMPLE", number}
		}
		return []string{"AIDA" + strings.ToUpper(fmt.Sprintf("%x", sha256.Sum256([]byte(account)))[:16]), number}
	case "gcp":
		return []string{"me@example.com [project_id=project-" + number + "]"}
	case "azure":
		return []string{"me@example.com [subscription_id=00000000-0000-0000-0000-" + number + "]"}
	case "nebius":
		return []string{"me-" + number + "@example.com"}
	}
	return nil
}

// accountNumber is an account's number of twelve digits; that of the first
// account is the recordings' own.
func accountNumber(account string) string {
	if account == "" {
		return "123456789012"
	}
	sum := sha256.Sum256([]byte(account))
	number := uint64(0)
	for _, b := range sum[:8] {
		number = number<<8 | uint64(b)
	}
	return fmt.Sprintf("%012d", number%1e12)
}

// mismatch is why SkyPilot refuses to touch a cluster whose owner is not the
// account that it has now; empty when it doesn't (backends/backend_utils.py:
// _check_owner_identity_with_record).
func (w *world) mismatch(c *cluster) string {
	owner, active := identity(c.Offer.Cloud, c.Account), identity(c.Offer.Cloud, w.Account)
	if owner == nil || c.Account == w.Account {
		return ""
	}
	return "'" + c.Name + "' (" + c.Offer.repr() + ") is owned by account " + pythonList(owner) +
		", but the activated identity is " + pythonList(active) + "."
}

const mismatchError = "sky.exceptions.ClusterOwnerIdentityMismatchError: "

func pythonList(words []string) string { return "['" + strings.Join(words, "', '") + "']" }

// within says whether a machine can be seen with the credentials that SkyPilot
// has; the user's own machines need none of any account.
func (w *world) within(m *machine) bool {
	return m.Account == w.Account || m.Offer.Cloud == "kubernetes" || m.Offer.Cloud == "ssh" || m.Offer.Cloud == "slurm"
}

// seen is a cluster's machine as SkyPilot sees it: one in another account than
// the credentials' is not there.
func (w *world) seen(c *cluster) *machine {
	if m := w.machine(c.Machine); m != nil && w.within(m) {
		return m
	}
	return nil
}
