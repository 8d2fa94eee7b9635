package skysim

import (
	"slices"
	"strings"
	"time"
)

// sky runs one `sky` command.
func (p *process) sky() error {
	if len(p.args) == 1 && p.args[0] == "--version" {
		if err := p.pause(1500 * time.Millisecond); err != nil {
			return err
		}
		v := version
		err := p.read(func(w *world) {
			if w.fault(faultOldVersion) {
				v = oldVersion
			}
		})
		p.say("skypilot, version " + v)
		return err
	}
	c, args, ok := p.command()
	if !ok {
		return &exit{2, "Usage: sky [OPTIONS] COMMAND [ARGS]...\nTry 'sky -h' for help.\n\nError: No such command '" +
			strings.Join(p.args[:min(1, len(p.args))], "") + "'."}
	}
	if err := p.read(func(w *world) {
		if w.fault(faultOldVersion) { // 0.10 knows no -o json
			c.options = strings.ReplaceAll(c.options, outputOption, "")
		}
	}); err != nil {
		return err
	}
	o, err := c.parse(args)
	if err != nil {
		return err
	}
	if o.set["--help"] {
		c.help(p)
		return nil
	}
	return c.run(p, o)
}

// command finds the command that the arguments name; its name has one or two words.
func (p *process) command() (command, []string, bool) {
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(p.args) >= len(words) && slices.Equal(p.args[:len(words)], words) {
			return c, p.args[len(words):], true
		}
	}
	return command{}, nil, false
}

const outputOption = "-o,--output="

// commands is the table of what the simulator knows of the CLI; options that it
// takes without doing anything about them are in it, because the real one does.
func commands() []command {
	const clusters = "[OPTIONS] [CLUSTERS]..."
	const resources = " -n,--name= --infra= --cpus= --memory= -t,--instance-type= --disk-size= --disk-tier= --use-spot --no-use-spot --image-id= --env= --env-file= --secret= --secret-file= --ports= --workdir= --config="
	return []command{
		{"api start", "[OPTIONS]", "--deploy --host= --foreground --port=", (*process).apiStart},
		{"api stop", "[OPTIONS]", "", (*process).apiStop},
		{"api info", "[OPTIONS]", outputOption, (*process).apiInfo},
		{"api status", "[OPTIONS] [REQUEST_IDS]...", "-a,--all-status -l,--limit= -c,--cluster= -v,--verbose " + outputOption, (*process).apiStatus},
		{"api logs", "[OPTIONS] [REQUEST_ID]", "-l,--log-path= --tail= --follow --no-follow", (*process).apiLogs},
		{"api cancel", "[OPTIONS] [REQUEST_IDS]...", "-a,--all -u,--all-users -y,--yes", (*process).apiCancel},
		{"launch", "[OPTIONS] [ENTRYPOINT]...", "-c,--cluster= --dryrun -d,--detach-run -y,--yes --async --no-async -i,--idle-minutes-to-autostop= --wait-for= --down -r,--retry-until-up --no-setup --fast" + resources, (*process).launch},
		{"exec", "[OPTIONS] CLUSTER [ENTRYPOINT]...", "-d,--detach-run --async --no-async -y,--yes" + resources, (*process).execute},
		{"start", clusters, "-a,--all -y,--yes -i,--idle-minutes-to-autostop= --wait-for= --down -r,--retry-until-up -f,--force --async --no-async", (*process).start},
		{"stop", clusters, "-a,--all -u,--all-users -y,--yes --graceful --graceful-timeout= --async --no-async", (*process).stop},
		{"down", clusters, "-a,--all -u,--all-users -y,--yes -p,--purge --graceful --graceful-timeout= --async --no-async", (*process).down},
		{"autostop", clusters, "-a,--all -u,--all-users -i,--idle-minutes= --wait-for= --cancel --down -y,--yes --async --no-async", (*process).autostop},
		{"status", clusters, "--config= -v,--verbose -r,--refresh --ip --endpoints --endpoint= --show-managed-jobs --no-show-managed-jobs --show-services --no-show-services --show-pools --no-show-pools -u,--all-users " + outputOption, (*process).status},
		{"queue", clusters, "-s,--skip-finished -u,--all-users " + outputOption, (*process).queue},
		{"logs", "[OPTIONS] CLUSTER [JOB_IDS]...", "--provision -w,--worker= -s,--sync-down --status --follow --no-follow --tail=", (*process).logs},
		{"cancel", "[OPTIONS] CLUSTER [JOBS]...", "-a,--all -u,--all-users -y,--yes --async", (*process).cancelJobs},
		{"check", "[OPTIONS] [INFRA_LIST]...", "-v,--verbose -w,--workspace= " + outputOption, (*process).check},
		{"cost-report", "[OPTIONS]", "-a,--all --days= " + outputOption, (*process).costReport},
	}
}

// json says whether a command's answer is to be JSON.
func (o *options) json() bool { return o.values["--output"] == "json" }

// commandLine is the command as SkyPilot records it.
func (p *process) commandLine() string { return "sky " + strings.Join(p.args, " ") }

// submitted is what an asynchronous command prints of its request.
func (p *process) submitted(what, id string) {
	p.say("Submitted "+what+" request: "+id, "├── Check logs with: sky api logs "+id[:8], "└── To cancel the request, run: sky api cancel "+id[:8], "")
}
