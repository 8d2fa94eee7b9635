package skysim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// remoteHome is the machine's user's home folder on its disk.
const remoteHome = "home/ubuntu"

// staged is where SkyPilot really puts a mount: absolute paths outside of the
// home folder and /tmp go to a folder in it, and a link leads there.
func staged(remote string) string {
	if strings.HasPrefix(remote, "/") && !strings.HasPrefix(remote, "/tmp/") {
		return "~/.sky/file_mounts" + remote
	}
	return remote
}

// onDisk is a remote path's place on the machine's disk.
func (w *world) onDisk(machine, remote string) string {
	switch {
	case strings.HasPrefix(remote, "~/"):
		remote = "/" + remoteHome + remote[1:]
	case !strings.HasPrefix(remote, "/"):
		remote = "/" + remoteHome + "/" + remote
	}
	return filepath.Join(w.disk(machine), filepath.FromSlash(filepath.Clean(remote)))
}

// sync copies the mounts to the machine: rsync without deletion, and with
// .gitignore's rules, so that files are missing without a word
// (transcript api-logs-launch-ok).
func (w *world) sync(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	for _, m := range r.Plan.Task.Mounts {
		r.say("  " + faint("Syncing (to 1 node): "+m.Local+" -> "+staged(m.Remote)))
		if err := w.copyMount(c, m); err != nil {
			return w.mountFailed(r, c, m, err, at)
		}
	}
	return stepSynced, 3 * time.Second
}

func (w *world) copyMount(c *cluster, m mount) error {
	places := []string{c.Name, c.Offer.Region, c.Offer.Cloud}
	switch {
	case w.fault(faultDiskFull, places...):
		return fmt.Errorf("rsync: [receiver] write failed on %q: No space left on device (28)", staged(m.Remote))
	case w.fault(faultMountFailed, places...):
		return fmt.Errorf("rsync: connection unexpectedly closed (0 bytes received so far) [sender]")
	case w.fault(faultUnreachable, places...):
		return fmt.Errorf("ssh: connect to host %s port 22: Connection refused", w.machine(c.Machine).IP)
	}
	place := w.onDisk(c.Machine, staged(m.Remote))
	if err := mirror(m.Local, place, mirrorOptions{ignore: true}); err != nil {
		return err
	}
	if staged(m.Remote) == m.Remote {
		return nil
	}
	link := w.onDisk(c.Machine, m.Remote)
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	if _, err := os.Lstat(link); err == nil {
		return nil
	}
	to, err := filepath.Rel(filepath.Dir(link), place)
	if err != nil {
		return err
	}
	if os.Symlink(to, link) != nil {
		// Windows lets few users make links: a second copy does for a simulation
		return mirror(m.Local, link, mirrorOptions{ignore: true})
	}
	return nil
}

// mountFailed ends a launch whose files did not arrive; the cluster is UP all
// the same.
func (w *world) mountFailed(r *request, c *cluster, m mount, cause error, at time.Time) (string, time.Duration) {
	r.say(reset+red+"⨯"+reset+" Failed to sync file_mounts. "+dim+"View logs: sky api logs -l "+logPath(r.Created)+"/file_mounts.log"+reset, "")
	return r.fail(at, fmt.Sprintf("sky.exceptions.CommandError: Command rsync -Pavz --no-owner --no-group %s ubuntu@%s:%s failed with return code 11.\nFailed to rsync up: %s -> %s\n%s",
		m.Local, c.Name, staged(m.Remote), m.Local, staged(m.Remote), cause))
}

func (w *world) synced(r *request, at time.Time) (string, time.Duration) {
	w.cluster(r.Cluster).event(at, eventSetup)
	r.say(finished("Synced file_mounts.") + "  " + dim + "View logs: sky api logs -l " + logPath(r.Created) + "/file_mounts.log" + reset)
	return stepSetup, time.Second
}

func (w *world) setup(r *request, at time.Time) (string, time.Duration) {
	t := r.Plan.Task
	if t.Run == "" && t.Setup == "" {
		r.say("Run commands not specified or empty.")
		return r.succeed(at)
	}
	if t.Setup != "" {
		r.say(finished("Setup detached."))
	}
	return stepSubmit, 2 * time.Second
}

func (w *world) submitJob(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	j := w.submit(c, r.User, &r.Plan.Task, at)
	r.Plan.Job = j.ID
	r.say(working(fmt.Sprintf("Job submitted, ID: %d", j.ID)), "")
	return r.succeed(at)
}

// exec submits a job to a cluster that is up, and nothing else.
func (w *world) exec(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	if problem := w.notUp(c, r.Cluster, "Executing tasks: skipped"); problem != "" {
		return r.fail(at, problem)
	}
	return w.submitJob(r, at)
}

// notUp is the exception of a command that needs a cluster that is up.
func (w *world) notUp(c *cluster, name, doing string) string {
	if c == nil {
		return "sky.exceptions.ClusterDoesNotExist: " + yellow + "Cluster '" + name + "' does not exist." + reset
	}
	switch refusal := w.mismatch(c); {
	case refusal != "":
		return mismatchError + refusal
	case c.Status != clusterUp:
		return "sky.exceptions.ClusterNotUpError: " + yellow + doing + " for cluster '" + name + "' (status: " + c.Status +
			"). It is only allowed for UP and AUTOSTOPPING clusters." + reset
	}
	return ""
}
