package sky

import (
	"slices"
	"strings"
	"testing"
)

// Exactly what is run, with no options and with all.
func TestArgv(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  []string
		want string
	}{
		{"launch", launchArgs("n", "/t.yaml", false), "launch -y -c n -d --async /t.yaml"},
		{"launch until up", launchArgs("n", "/t.yaml", true), "launch -y -c n -d --async --retry-until-up /t.yaml"},
		{"launch for a person", LaunchCommand("n", "/t.yaml", false), "sky launch -y -c n -d --async /t.yaml"},
		{"dry run", dryRunArgs("n", "/t.yaml"), "launch --dryrun -y -c n /t.yaml"},
		{"exec", execArgs("n", "/t.yaml"), "exec n /t.yaml"},
		{"start", startArgs("n"), "start --async n"},
		{"stop", stopArgs("n"), "stop --async n"},
		{"down", downArgs("n", false), "down --async n"},
		{"down, all", downArgs("n", true), "down --async --purge n"},
		{"status", statusArgs(false, "a"), "status -o json --no-show-managed-jobs --no-show-services --no-show-pools a"},
		{"status of everybody", statusArgs(false), "status -o json --no-show-managed-jobs --no-show-services --no-show-pools --all-users"},
		{"status, all", statusArgs(true, "a", "b"), "status -o json --no-show-managed-jobs --no-show-services --no-show-pools --refresh a b"},
		{"queue", queueArgs("n"), "queue n -o json"},
		{"job log", jobLogsArgs("n", 3, true, 0), "logs n 3"},
		{"job log, all", jobLogsArgs("n", 3, false, 20), "logs n 3 --no-follow --tail 20"},
		{"provision log", provisionLogsArgs("n"), "logs --provision n --no-follow"},
		{"check", checkArgs("aws"), "check aws"},
		{"autostop", autostopArgs("n", 30, false, false), "autostop -y -i 30 n"},
		{"autostop, all", autostopArgs("n", 30, true, false), "autostop -y -i 30 --down n"},
		{"autostop off", autostopArgs("n", 30, true, true), "autostop -y --cancel n"},
		{"cost report", costReportArgs(), "cost-report -o json"},
		{"history", historyArgs(), "cost-report -o json --days 3650"},
		{"api start", apiStartArgs(), "api start"},
		{"api logs", apiLogsArgs("id"), "api logs id"},
		{"api status", apiStatusArgs("n"), "api status -a -v -l none -o json -c n"},
		{"api status of a request", apiStatusArgs("", "id"), "api status -a -v -l none -o json id"},
		{"api cancel", apiCancelArgs("id"), "api cancel -y id"},
	} {
		if want := strings.Fields(tt.want); !slices.Equal(tt.got, want) {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, want)
		}
	}
}

func TestValidClusterName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "carapace-node": true, "A.b_c-9": true, "": false, "9a": false, "-y": false, "--help": false, "a-": false,
		"a b": false, "a/b": false, "Bad_Name!": false, "ä": false, "a\n": false, "*": false, "../x": false,
	} {
		if got := ValidClusterName(name); got != want {
			t.Errorf("ValidClusterName(%q) = %v", name, got)
		}
	}
}
