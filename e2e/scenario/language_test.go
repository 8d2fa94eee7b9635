package scenario

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
	"carapace/schema/text"
)

// TestInGerman plays a life with its failures in German: no sentence of the English registry is in anything that
// the host is told. That the words are the German ones is what Peer.Problems looks at.
func TestInGerman(t *testing.T) {
	t.Parallel()
	world := simulated{cloud: AWS()}
	stage := NewStage(t, t.TempDir())
	p := Start(t, world.Command(t, stage))
	who := Call(t, p, schema.Initialize, schema.InitializeParams{Locale: "de-AT"})
	if who.Locale != "de" || !slices.Equal(who.Locales, text.Tags()) {
		t.Fatalf("told things in %s of %s", who.Locale, who.Locales)
	}
	spec := Small()
	spec.Name = ClusterName
	mark := p.Mark()

	// What is refused.
	said(t, Refused(t, p, schema.ClusterStop, schema.ChangeParams{Name: ClusterName}, schema.KindClusterNotFound), "Es gibt keinen Server namens "+ClusterName+".")
	Refused(t, p, schema.OperationWait, schema.OperationWaitParams{ID: "x", TimeoutSeconds: -1}, schema.KindInvalidParams)
	_, wrong := Answer(t, p, schema.ClusterLaunch, p.Send(t, schema.ClusterLaunch.Name, rawParams(`{"spec":{"cpus":4}}`)))
	said(t, wrong, "Die Parameter stimmen nicht: ")
	wide := spec
	wide.Region, wide.Cloud, wide.Ports, wide.DiskSize = "a b", "nowhere", []string{"x"}, -1
	Call(t, p, schema.ClusterPreview, schema.SpecParams{Spec: wide})

	// What is listed.
	Call(t, p, schema.Doctor, schema.Empty{})
	Call(t, p, schema.SkyPilotCheck, schema.Empty{})
	Call(t, p, schema.ProviderList, schema.Empty{})
	Call(t, p, schema.ProviderCheck, schema.ProviderCheckParams{Cloud: "aws"})
	Call(t, p, schema.ClusterEstimate, schema.EstimateParams{Spec: spec})
	Call(t, p, schema.ClusterPreview, schema.SpecParams{Spec: spec})

	finished := func(o schema.Operation) schema.Operation {
		t.Helper()
		return Await(t, p, schema.OperationFinished, "its end", world.Patience(), func(f schema.Finished) bool { return f.Operation.ID == o.ID }).Operation
	}
	launch := func() schema.Operation {
		t.Helper()
		return finished(Call(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: spec}).Operation)
	}
	world.Inject(t, p, NoQuota)
	if failed := launch(); failed.Error == nil || !strings.Contains(failed.Message, "Das Kontingent des Kontos lässt sie nicht zu.") {
		t.Errorf("a launch without quota: %+v", failed.Error)
	}
	world.Heal(t, stage)
	if got := launch(); got.Message != "Der Server läuft." {
		t.Errorf("after a launch: %s", got.Message)
	}
	Refused(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: spec}, schema.KindClusterActive)
	finished(Call(t, p, schema.ClusterSync, schema.SyncParams{Name: ClusterName, DryRun: true}).Operation)
	finished(Call(t, p, schema.ClusterStop, schema.ChangeParams{Name: ClusterName}).Operation)
	Refused(t, p, schema.ClusterSync, schema.SyncParams{Name: ClusterName}, schema.KindUnsupported)
	if cost := Call(t, p, schema.ClusterCost, schema.NameParams{Name: ClusterName}); !strings.Contains(cost.Costs.Sentence, "0,1056 $") {
		t.Errorf("it costs: %s", cost.Costs.Sentence)
	}
	finished(Call(t, p, schema.ClusterDestroy, schema.DestroyParams{Name: ClusterName}).Operation)
	Call(t, p, schema.ClusterList, schema.ListParams{})
	Call(t, p, schema.EventList, schema.EventListParams{})
	Call(t, p, schema.OperationList, schema.OperationListParams{})
	noEnglish(t, p, mark)
}

// noEnglish fails the test where one of the messages since a mark holds a sentence of the registry in English, or what
// stands between two arguments of one. Logs and details are a program's own.
func noEnglish(t *testing.T, p *Peer, mark int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	english, german := text.All(), text.In("de")
	argument := regexp.MustCompile(`\{\w+\}`)
	searched := 0
	var told strings.Builder
	for _, m := range p.messages[mark:] {
		if m.Method != schema.ClusterLog.Name {
			told.Write(m.Params)
			told.Write(m.Result)
		}
		if m.Error != nil {
			told.WriteString(m.Error.Message + m.Error.Data.Title + m.Error.Data.Message + m.Error.Data.Hint)
		}
	}
	all := told.String()
	for _, e := range english {
		own := german.Title(text.Text{Code: e.Code}) + german.Message(text.Text{Code: e.Code}) + german.Hint(text.Text{Code: e.Code})
		for _, part := range []string{e.Title, e.Message, e.Hint} {
			for _, words := range argument.Split(part, -1) {
				words = strings.TrimSpace(words)
				if len(strings.Fields(words)) < 3 || strings.Contains(own, words) {
					continue
				}
				searched++
				quoted, _ := json.Marshal(words)
				for _, words := range []string{words, string(quoted[1 : len(quoted)-1])} {
					if at := strings.Index(all, words); at >= 0 {
						t.Errorf("%s in English: …%s", e.Code, all[max(0, at-200):min(len(all), at+200)])
					}
				}
			}
		}
	}
	if searched < 500 || len(p.messages)-mark < 30 {
		t.Errorf("%d pieces were searched for in %d messages", searched, len(p.messages)-mark)
	}
}
