package lifecycle

import (
	"slices"
	"testing"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// serving is a server that came up at noon and was launched with a question.
func serving() *Cluster {
	rec := &Cluster{
		View:     schema.Cluster{Name: "n", Status: schema.StatusRunning, LaunchedAt: noon},
		Identity: Identity{Hash: "h"}, Spec: &schema.Spec{Health: &schema.Health{Port: 8080, Path: "/healthz"}},
	}
	rec.Exists.State = ExistsSeen
	return rec
}

var (
	well    = ServiceAnswer{Answered: true, Status: 200}
	badly   = ServiceAnswer{Answered: true, Status: 503}
	other   = ServiceAnswer{Answered: true}
	silence = ServiceAnswer{}
	away    = ServiceAnswer{Away: true}
)

const address = "192.0.2.1:8080"

func TestServiceAnswers(t *testing.T) {
	type answers []ServiceAnswer
	for name, test := range map[string]struct {
		after   time.Duration // of the first answer; the others come a minute apart
		answers answers
		state   schema.ServiceState
		since   int // which answer began it
		checked int
		reason  text.Code
		settled bool
	}{
		"the first is good":                  {time.Minute, answers{well}, schema.ServiceHealthy, 0, 0, "", true},
		"it goes on being good":              {time.Minute, answers{well, well}, schema.ServiceHealthy, 0, 1, "", true},
		"a redirect is good":                 {time.Hour, answers{{Answered: true, Status: 302}}, schema.ServiceHealthy, 0, 0, "", true},
		"the last good status":               {time.Hour, answers{{Answered: true, Status: 399}}, schema.ServiceHealthy, 0, 0, "", true},
		"the first bad status":               {time.Hour, answers{{Answered: true, Status: 400}}, schema.ServiceUnhealthy, 0, 0, "service.status", true},
		"a status before the answer":         {time.Hour, answers{{Answered: true, Status: 100}}, schema.ServiceUnhealthy, 0, 0, "service.status", true},
		"nothing listens yet":                {time.Minute, answers{silence}, schema.ServiceStarting, 0, 0, "service.silent", false},
		"not ready yet":                      {time.Minute, answers{silence, badly}, schema.ServiceStarting, 0, 1, "service.status", false},
		"then it is ready":                   {time.Minute, answers{silence, badly, well}, schema.ServiceHealthy, 2, 2, "", true},
		"it does not become ready":           {9 * time.Minute, answers{silence, silence}, schema.ServiceUnhealthy, 1, 1, "service.silent", true},
		"another clock":                      {-time.Minute, answers{silence}, schema.ServiceStarting, 0, 0, "service.silent", false},
		"a clock that is far off":            {-time.Hour, answers{silence}, schema.ServiceUnhealthy, 0, 0, "service.silent", true},
		"long up, and first asked":           {time.Hour, answers{badly}, schema.ServiceUnhealthy, 0, 0, "service.status", true},
		"another protocol":                   {time.Hour, answers{other}, schema.ServiceUnhealthy, 0, 0, "service.other_protocol", true},
		"one answer is lost":                 {time.Hour, answers{well, silence}, schema.ServiceHealthy, 0, 0, "", false},
		"one is lost now and then":           {time.Hour, answers{well, silence, well, silence}, schema.ServiceHealthy, 0, 2, "", false},
		"two are lost":                       {time.Hour, answers{well, silence, badly}, schema.ServiceUnhealthy, 2, 2, "service.status", true},
		"two are lost while it may start":    {time.Minute, answers{well, silence, silence}, schema.ServiceUnhealthy, 2, 2, "service.silent", true},
		"the reason changes, the state not":  {time.Hour, answers{badly, silence}, schema.ServiceUnhealthy, 0, 1, "service.silent", true},
		"it comes back":                      {time.Hour, answers{well, silence, silence, well}, schema.ServiceHealthy, 3, 3, "", true},
		"the machine is away":                {time.Minute, answers{away}, schema.ServiceUnknown, 0, 0, "service.away", true},
		"the machine is away for a while":    {time.Hour, answers{well, away, well}, schema.ServiceHealthy, 2, 2, "", true},
		"away counts as no answer":           {time.Hour, answers{well, silence, away, well, silence}, schema.ServiceHealthy, 3, 3, "", false},
		"away, and back without the service": {time.Minute, answers{well, away, silence}, schema.ServiceUnhealthy, 2, 2, "service.silent", true},
	} {
		t.Run(name, func(t *testing.T) {
			rec := serving()
			at := func(i int) time.Time { return noon.Add(test.after + time.Duration(i)*time.Minute) }
			var seen *ServiceSeen
			for i, answer := range test.answers {
				seen = rec.ServiceAnswered(seen, address, answer, at(i))
			}
			if seen.State != test.state || seen.Reason.Code != test.reason || seen.Settled() != test.settled {
				t.Errorf("it is %s because of %q, settled: %v", seen.State, seen.Reason.Code, seen.Settled())
			}
			if !seen.Since.Equal(at(test.since)) || !seen.Checked.Equal(at(test.checked)) || !seen.Asked.Equal(at(len(test.answers)-1)) {
				t.Errorf("since %s, checked at %s, asked at %s", seen.Since, seen.Checked, seen.Asked)
			}
		})
	}
}

// A run command that began after the server came up is what may be starting.
func TestServiceStartsWithItsRunCommand(t *testing.T) {
	rec := serving()
	rec.RunJobSince = noon.Add(time.Hour)
	if seen := rec.ServiceAnswered(nil, address, silence, noon.Add(time.Hour+time.Minute)); seen.State != schema.ServiceStarting {
		t.Errorf("it is %s", seen.State)
	}
}

// What was answered holds for one server, from one start to its end, for one question at one address.
func TestServiceAnswersOfAnotherRun(t *testing.T) {
	for name, change := range map[string]func(rec *Cluster, at *string){
		"another server":   func(rec *Cluster, _ *string) { rec.Identity.Hash = "other" },
		"another start":    func(rec *Cluster, _ *string) { rec.View.LaunchedAt = noon.Add(time.Second) },
		"another port":     func(rec *Cluster, _ *string) { rec.Spec.Health.Port++ },
		"another path":     func(rec *Cluster, _ *string) { rec.Spec.Health.Path += "x" },
		"another address":  func(_ *Cluster, at *string) { *at = "127.0.0.1:20000" },
		"nothing of these": nil,
	} {
		rec, at := serving(), address
		seen := rec.ServiceAnswered(nil, at, well, noon)
		if change != nil {
			change(rec, &at)
		}
		want := schema.ServiceStarting // it was not healthy yet
		if change == nil {
			want = schema.ServiceHealthy // and one answer alone changes nothing
		}
		if now := rec.ServiceAnswered(seen, at, silence, noon.Add(time.Minute)); now.State != want {
			t.Errorf("%s: it is %s", name, now.State)
		}
	}
}

func TestServiceIsShownWhileTheServerRuns(t *testing.T) {
	seen := serving().ServiceAnswered(nil, address, badly, noon.Add(time.Hour))
	noWay := serving().ServiceAnswered(nil, "", ServiceAnswer{}, noon)
	reason := text.New(&text.ServiceStatus, text.Args{"port": 8080, "answer": 503})
	closed := text.New(&text.ServiceNoWay, text.Args{"port": 8080})
	for name, test := range map[string]struct {
		change func(*Cluster)
		seen   *ServiceSeen
		want   *schema.Service
	}{
		"as it was seen": {seen: seen, want: &schema.Service{
			State: schema.ServiceUnhealthy, Since: noon.Add(time.Hour), CheckedAt: noon.Add(time.Hour), URL: "http://" + address + "/", Reason: reason.Message(), ReasonText: reason,
		}},
		"there is no way":      {seen: noWay, want: &schema.Service{State: schema.ServiceUnknown, Reason: closed.Message(), ReasonText: closed}},
		"not asked yet":        {want: &schema.Service{State: schema.ServiceUnknown}},
		"seen before a start":  {func(c *Cluster) { c.View.LaunchedAt = noon.Add(time.Minute) }, seen, &schema.Service{State: schema.ServiceUnknown}},
		"it is stopped":        {func(c *Cluster) { c.View.Status = schema.StatusStopped }, seen, nil},
		"it is lost":           {func(c *Cluster) { c.Exists.State = ExistsLost }, seen, nil},
		"there is no question": {func(c *Cluster) { c.Spec.Health = nil }, seen, nil},
		"it was not launched":  {func(c *Cluster) { c.Spec = nil }, seen, nil},
	} {
		t.Run(name, func(t *testing.T) {
			rec := serving()
			if test.change != nil {
				test.change(rec)
			}
			st := &State{Clusters: map[string]*Cluster{"n": rec}}
			shown := st.View("n", Context{Service: test.seen})
			if changed := Differences(schema.Cluster{Service: shown.Service}, schema.Cluster{Service: test.want}); changed != nil {
				t.Errorf("%+v is shown", shown.Service)
			}
			without := st.View("n", Context{})
			if changed := Differences(shown, without); len(changed) > 0 && !slices.Equal(changed, []string{"service"}) {
				t.Errorf("a service changes %v", changed)
			}
		})
	}
	st := &State{Clusters: map[string]*Cluster{"n": serving()}, Operations: []*Operation{{Operation: schema.Operation{ID: "o", Kind: schema.OperationStop, Cluster: "n", State: schema.OperationRunning}}}}
	if shown := st.View("n", Context{Service: seen}); shown.Service != nil {
		t.Errorf("while it is stopped %+v is shown", shown.Service)
	}
}

// When a service was asked last is no change; whatever else is shown of it is.
func TestDifferencesOfAService(t *testing.T) {
	was := schema.Cluster{Service: &schema.Service{State: schema.ServiceHealthy, CheckedAt: noon}}
	is := schema.Cluster{Service: &schema.Service{State: schema.ServiceHealthy, CheckedAt: noon.Add(time.Minute)}}
	if changed := Differences(was, is); changed != nil {
		t.Errorf("changed are %v", changed)
	}
	if was.Service.CheckedAt.IsZero() {
		t.Error("what was compared is changed")
	}
	is.Service.State = schema.ServiceUnhealthy
	for _, other := range []schema.Cluster{is, {}} {
		if changed := Differences(was, other); !slices.Equal(changed, []string{"service"}) {
			t.Errorf("changed are %v", changed)
		}
	}
}
