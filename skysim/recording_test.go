package skysim

import (
	"strings"
	"time"
)

// laterReplays are the recordings of what the transcripts leave open: the
// asynchronous commands, and questions that nobody can answer.
func laterReplays() []replay {
	fresh := func(line string) func(*lab) answer {
		return func(l *lab) answer { l.ok("api start"); return l.sky(line) }
	}
	up := func(line string, prepare ...string) func(*lab) answer {
		return func(l *lab) answer {
			l.up()
			time.Sleep(30 * time.Second)
			for _, before := range prepare {
				l.ok(before)
			}
			return l.sky(line)
		}
	}
	refused := func(fault, line string, prepare ...string) func(*lab) answer {
		return func(l *lab) answer {
			l.up()
			for _, before := range prepare {
				l.ok(before)
			}
			l.inject(fault, "")
			return l.sky(line)
		}
	}
	logsOf := func(fault, line string) func(*lab) answer {
		return func(l *lab) answer {
			l.up()
			l.inject(fault, "")
			return l.sky("api logs " + l.submit(line))
		}
	}
	const stop = "stop -y carapace-node"
	return []replay{
		{file: "stop-async", run: up("stop -y --async carapace-node")},
		{file: "down-async", run: up("down -y --async carapace-node")},
		{file: "start-async", run: up("start -y --async carapace-node", stop)},
		{file: "stop-unknown-async", run: fresh("stop -y --async nosuch")},
		{file: "down-unknown-async", run: fresh("down -y --async nosuch")},
		{file: "start-unknown-async", run: fresh("start -y --async nosuch")},
		{file: "stop-refused-async", run: refused(faultStopRefused, "stop -y --async carapace-node")},
		{file: "down-refused-async", run: refused(faultDownRefused, "down -y --async carapace-node")},
		{file: "start-refused-async", run: refused(faultStartRefused, "start -y --async carapace-node", stop)},
		{file: "api-logs-stop-refused", code: 1, run: logsOf(faultStopRefused, "stop -y --async carapace-node")},
		{file: "api-logs-down-refused", code: 1, run: logsOf(faultDownRefused, "down -y --async carapace-node")},
		{file: "api-logs-unknown", code: 1, run: fresh("api logs 00000000-0000-0000-0000-000000000000"), loosely: quoted},
		{file: "api-logs-start", run: func(l *lab) answer {
			l.up()
			l.ok(stop)
			return l.sky("api logs " + l.submit("start -y --async carapace-node"))
		}},
		{file: "status-after-stop-refused", run: refused(faultStopRefused, "status -o json carapace-node", "status carapace-node")},
		{file: "autostop", run: up("autostop -y -i 30 carapace-node")},
		{file: "autostop-cancel", run: up("autostop -y --cancel carapace-node", "autostop -y -i 30 carapace-node")},
		{file: "autostop-stopped", run: up("autostop -y -i 30 carapace-node", stop)},
		{file: "status-autostop", run: up("status -o json carapace-node", "autostop -y -i 30 carapace-node")},
		{file: "queue-stopped", run: up("queue carapace-node -o json", stop)},
		{file: "queue-unknown", run: fresh("queue nosuch -o json")},
		{file: "logs-unknown", code: 1, run: fresh("logs nosuch 1 --no-follow")},
		{file: "logs-provision-unknown", code: 1, run: fresh("logs nosuch --provision --no-follow")},
		{file: "logs-job-none", code: 102, run: up("logs carapace-node 77 --no-follow")},
		{file: "launch-async-bogustype", code: 1, run: func(l *lab) answer {
			l.ok("api start")
			l.task("bogustype.yaml", "  cpus: 4+", "  instance_type: x99.bogus")
			return l.sky("launch --async -d -y -c carapace-node bogustype.yaml")
		}},
		{file: "api-logs-huge", code: 1, run: func(l *lab) answer {
			l.ok("api start")
			return l.sky("api logs " + l.submit("launch --async -d -y -c carapace-node --cpus 5000+ task.yaml"))
		}},
	}
}

// quoted makes what stands in single quotes the same.
func quoted(s string) string {
	before, rest, found := strings.Cut(s, "'")
	_, after, closed := strings.Cut(rest, "'")
	if !found || !closed {
		return s
	}
	return before + "X" + after
}
