package watch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"carapace/provision/sky/host"
)

// skyFiles writes what SkyPilot's API server writes, and says what a schedule then sees.
type skyFiles struct {
	t     *testing.T
	home  string
	files host.ActivityFiles
}

func newSkyFiles(t *testing.T) *skyFiles {
	home := t.TempDir()
	return &skyFiles{t, home, host.FilesOf(host.Endpoint{Local: true}, host.Host{Home: home})}
}

const (
	clustersLog = "state.db-wal"
	requestsLog = "api_server/requests.db-wal"
)

func (f *skyFiles) wrote(logs ...string) host.Activity {
	f.t.Helper()
	for _, log := range logs {
		touch(f.t, f.home, log)
	}
	return f.files.Activity()
}

func touch(t *testing.T, home, log string) {
	t.Helper()
	path := filepath.Join(home, ".sky", filepath.FromSlash(log))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("x"); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

const usual = 30 * time.Second

func TestScheduleLooksAtTheUsualInterval(t *testing.T) {
	p := newSchedule(usual, noon, host.Activity{})
	p.looked(noon, noon.Add(4*time.Second), host.Activity{}, false)
	if got := p.due(0); !got.Equal(noon.Add(usual)) {
		t.Errorf("a look of 4 s is followed by the next after %s, want 30 s from beginning to beginning", got.Sub(noon))
	}
	p.looked(noon, noon.Add(time.Minute), host.Activity{}, false)
	if got := p.due(0).Sub(noon.Add(time.Minute)); got != 10*time.Second {
		t.Errorf("a look of a minute is followed by a rest of %s, want 10 s", got)
	}
}

func TestScheduleAsksSeldomWhileMachinesAnswer(t *testing.T) {
	p := newSchedule(usual, noon, host.Activity{})
	p.looked(noon, noon.Add(4*time.Second), host.Activity{}, false)
	if got := p.probeDue(0); !got.Equal(noon.Add(4 * time.Second)) {
		t.Errorf("after a look that ended after 4 s machines are probed after %s", got.Sub(noon))
	}
	p.probed(noon.Add(4*time.Second), false, false)
	if got := p.probeDue(0); !got.Equal(noon.Add(usual)) {
		t.Errorf("machines that can't be probed are probed again after %s", got.Sub(noon))
	}
	at := noon.Add(usual)
	p.probed(at, true, false)
	if got := p.due(0).Sub(noon); got != aliveRatio*usual {
		t.Errorf("while all answer a look is due after %s", got)
	}
	if got := p.probeDue(0).Sub(at); got != usual/probeShare {
		t.Errorf("machines that answer are probed again after %s", got)
	}
	if got := p.due(1).Sub(noon); got > usual {
		t.Errorf("after a look that failed the next is due after %s", got)
	}
	p.probed(at.Add(5*time.Second), false, true)
	if got := p.due(0); got.After(at.Add(5 * time.Second)) {
		t.Errorf("one that fell silent is looked at after %s", got.Sub(at.Add(5*time.Second)))
	}
	p.looked(at.Add(5*time.Second), at.Add(8*time.Second), host.Activity{}, false)
	if got := p.probeDue(0).Sub(at.Add(5 * time.Second)); got != usual {
		t.Errorf("one that was silent is probed again after %s", got)
	}
	p.probed(at.Add(10*time.Second), false, true)
	if got := p.due(0).Sub(at.Add(5 * time.Second)); got != usual {
		t.Errorf("one that stays silent is looked at after %s", got)
	}
	p.probed(at.Add(35*time.Second), true, false)
	p.probed(at.Add(40*time.Second), false, false)
	if got := p.due(0).Sub(at.Add(5 * time.Second)); got != usual {
		t.Errorf("one that can't be probed any more is looked at after %s", got)
	}
}

func TestScheduleBacksOffFromAThirdToTheUsual(t *testing.T) {
	p := newSchedule(usual, noon, host.Activity{})
	seen := map[time.Duration]bool{}
	for range 50 {
		p.looked(noon, noon.Add(time.Second), host.Activity{}, false)
		last := time.Duration(0)
		for failures := 1; failures <= 12; failures++ {
			wait := p.wait(failures)
			if wait < last || wait > usual {
				t.Fatalf("after %d failures the wait is %s; before it was %s", failures, wait, last)
			}
			last = wait
		}
		first := p.wait(1)
		if first < 8*time.Second || first > 10*time.Second {
			t.Errorf("the first wait is %s, not 8 to 10 s", first)
		}
		if last < 24*time.Second {
			t.Errorf("the wait grew to %s only", last)
		}
		seen[first] = true
	}
	if len(seen) < 2 {
		t.Error("the waits have no jitter")
	}
}

func TestScheduleReactsToNewsAtOnce(t *testing.T) {
	f := newSkyFiles(t)
	p := newSchedule(usual, noon, f.wrote())
	p.looked(noon, noon.Add(2*time.Second), f.wrote(), false)

	at := noon.Add(9 * time.Second)
	p.noteActivity(f.wrote(requestsLog), at)
	if got := p.due(0); !got.Equal(noon.Add(usual)) {
		t.Errorf("a request that changed no cluster makes a look due after %s", got.Sub(noon))
	}
	p.noteActivity(f.wrote(clustersLog), at)
	if got := p.due(0); !got.Equal(at) {
		t.Errorf("a request that changed a cluster makes a look due after %s, not at once", got.Sub(at))
	}
}

// What the look itself makes SkyPilot write is no news.
func TestScheduleIsNotStirredByItsOwnLooks(t *testing.T) {
	f := newSkyFiles(t)
	p := newSchedule(usual, noon, f.wrote())
	after := f.wrote(clustersLog, requestsLog)
	p.looked(noon, noon.Add(2*time.Second), after, true)
	p.noteActivity(after, noon.Add(3*time.Second))
	if got := p.due(0); !got.Equal(noon.Add(usual)) {
		t.Errorf("the next look is due after %s", got.Sub(noon))
	}
}

// Somebody who works with SkyPilot all day writes all the time.
func TestScheduleBoundsLooksForNews(t *testing.T) {
	f := newSkyFiles(t)
	p := newSchedule(usual, noon, f.wrote())
	looks, at := 0, noon
	for ; at.Before(noon.Add(time.Hour)); at = at.Add(time.Second) {
		p.noteActivity(f.wrote(clustersLog, requestsLog), at)
		if !p.due(0).After(at) {
			looks++
			p.looked(at, at, f.wrote(), false)
		}
	}
	if looks > 140 {
		t.Errorf("%d looks in an hour of news that were none; 120 are due in any case", looks)
	}
	p.looked(at, at, f.wrote(), true) // this one found something
	p.noteActivity(f.wrote(clustersLog, requestsLog), at.Add(time.Second))
	if wait := p.due(0).Sub(at); wait > 5*time.Second {
		t.Errorf("after news that were some, the next wait %s", wait)
	}
}

func TestScheduleLeavesTheDaemonsWritesToTheUsualLooks(t *testing.T) {
	f := newSkyFiles(t)
	p := newSchedule(usual, noon, f.wrote())
	looks := 0
	for at := noon; at.Before(noon.Add(time.Hour)); at = at.Add(time.Second) {
		if int(at.Sub(noon).Seconds())%78 == 77 {
			p.noteActivity(f.wrote(clustersLog), at)
		}
		if !p.due(0).After(at) {
			looks++
			p.looked(at, at.Add(4*time.Second), f.wrote(), false)
		}
	}
	if looks > 120 {
		t.Errorf("%d looks in an hour, more than one every 30 s", looks)
	}
	at := noon.Add(2 * time.Hour)
	p.looked(at, at, f.wrote(), true)
	p.noteActivity(f.wrote(clustersLog), at.Add(9*time.Second))
	if wait := p.due(0).Sub(at); wait != 9*time.Second {
		t.Errorf("after a look that found something, a lone write is looked at after %s, not at once", wait)
	}
}
