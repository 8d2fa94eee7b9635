package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"carapace/schema"
	"carapace/sidecar/terminal"
)

// launchFlags are a launch as a command line has it.
type launchFlags struct {
	spec      schema.Spec
	specFile  string
	idle      int
	down      bool
	noDocker  bool
	setup     string
	run       string
	public    string
	private   string
	health    string
	secrets   []string // names of variables
	dryRun    bool
	detach    bool
	deletions bool
	flagsUsed func(name string) bool
}

func (a *app) launch() *cobra.Command {
	f := &launchFlags{}
	c := &cobra.Command{
		Use: "launch", Short: "Launch a server, or finish a launch that failed half way", Args: takes(0, 0),
		Long: `Launches a server and waits until it is up. What is left out has the protocol's defaults: the cheapest machine with
4 vCPUs and 16 GB of memory on a cloud that there are credentials for. The price is shown, and asked about, before anything starts.`,
		Example: "  sidecar launch --cloud aws\n  sidecar launch --cloud gcp --spot --autostop 60 --yes\n  sidecar launch --simulate --cloud aws",
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		f.flagsUsed = c.Flags().Changed
		spec, err := f.read(a.Getenv)
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(ctx context.Context, s *session) error { return s.launch(ctx, spec, f) })
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.spec.Cloud, "cloud", "", "`id` of the cloud, as 'sidecar clouds' lists it (default: SkyPilot chooses)")
	flags.StringVar(&f.spec.Region, "region", "", "region, in the provider's words")
	flags.StringVar(&f.spec.Zone, "zone", "", "zone, in the provider's words")
	flags.StringVar(&f.spec.InstanceType, "instance-type", "", "the provider's own name for the machine")
	flags.StringVar(&f.spec.CPUs, "cpus", "", "`number` of virtual CPUs: 4, or 4+ for at least so many (default 4+)")
	flags.StringVar(&f.spec.Memory, "memory", "", "`GB` of memory: 16, or 16+ (default 16+)")
	flags.IntVar(&f.spec.DiskSize, "disk", 0, "`GB` of disk (default 100)")
	flags.StringVar(&f.spec.DiskTier, "disk-tier", "", "how fast the disk is: low, medium, high, ultra or best (default: the provider's usual one)")
	flags.BoolVar(&f.spec.UseSpot, "spot", false, "a cheaper machine, which the provider may take back at any time")
	flags.StringSliceVar(&f.spec.Ports, "port", nil, "`port` to open to the internet: 443, or 8000-8010")
	flags.StringVar(&f.health, "health", "", "`port/path` of the page that tells whether what the server is for is healthy: 8080/healthz")
	flags.Float64Var(&f.spec.MaxHourlyCost, "max-price", 0, "refuse machines that cost more `dollars` an hour")
	flags.IntVar(&f.idle, "autostop", 0, "`minutes` without a job or SSH session after which it stops itself")
	flags.BoolVar(&f.down, "autostop-down", false, "with --autostop: destroy itself instead")
	flags.StringVar(&f.spec.Profile, "profile", "", "credentials to use (AWS_PROFILE)")
	flags.StringVar(&f.public, "public", "", "`folder` that is the public vault")
	flags.StringVar(&f.private, "private", "", "`folder` that is the private vault")
	flags.StringToStringVar(&f.spec.Envs, "env", nil, "`NAME=VALUE` of an environment variable for setup and run")
	flags.Lookup("env").DefValue = ""
	flags.StringSliceVar(&f.secrets, "secret", nil, "`NAME` of a variable of this shell whose value is passed on as a secret")
	flags.StringVar(&f.setup, "setup", "", "`file` with a shell script that runs once on the machine")
	flags.StringVar(&f.run, "run", "", "`file` with a shell script that starts what the server is for")
	flags.BoolVar(&f.noDocker, "no-docker", false, "do not install Docker")
	flags.BoolVar(&f.spec.RetryUntilUp, "retry", false, "keep trying while the cloud has no such machine to give")
	flags.StringVar(&f.specFile, "spec", "", "JSON `file` with a spec as cluster.launch takes it; the other flags count before it")
	flags.BoolVar(&f.dryRun, "dry-run", false, "check all that can be checked, and start nothing")
	flags.BoolVar(&f.detach, "detach", false, "do not wait: end when SkyPilot has the launch")
	allowDeletions(c, &f.deletions)
	_ = c.RegisterFlagCompletionFunc("cloud", cobra.FixedCompletions(a.Clouds, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("disk-tier", cobra.FixedCompletions([]string{"low", "medium", "high", "ultra", "best"}, cobra.ShellCompDirectiveNoFileComp))
	for _, words := range []string{"region", "zone", "instance-type", "cpus", "memory", "disk", "port", "health", "max-price", "autostop", "profile", "env", "secret"} {
		_ = c.RegisterFlagCompletionFunc(words, cobra.NoFileCompletions)
	}
	return c
}

// readVaults reads the flags that name the vaults. An empty one is a variable of a shell that is not set.
func (f *launchFlags) readVaults(spec *schema.Spec) error {
	public, private := f.flagsUsed("public"), f.flagsUsed("private")
	switch {
	case public && f.public == "", private && f.private == "":
		return usage("--public and --private take a folder; leave them out for the default")
	case public || private:
		spec.Vaults = &schema.Vaults{Public: f.public, Private: f.private}
	}
	return nil
}

// read makes the spec of the flags. The error is a wrong command line.
func (f *launchFlags) read(getenv func(string) string) (schema.Spec, error) {
	spec := schema.Spec{}
	if f.specFile != "" {
		if err := readJSON(f.specFile, &spec); err != nil {
			return spec, usage("--spec: %w", err)
		}
	}
	overlay, err := json.Marshal(f.spec)
	if err == nil {
		err = json.Unmarshal(overlay, &spec) // what was left out is not in it
	}
	if err != nil {
		return spec, err
	}
	if err := f.readScripts(&spec); err != nil {
		return spec, err
	}
	switch {
	case f.flagsUsed("max-price") && f.spec.MaxHourlyCost == 0: // the protocol takes it for none
		return spec, usage("--max-price 0 would be no limit; leave it out for none")
	case f.flagsUsed("disk") && f.spec.DiskSize == 0:
		return spec, usage("--disk 0: a server can't be without a disk; leave it out for the default")
	case f.flagsUsed("autostop"):
		spec.Autostop = &schema.Autostop{IdleMinutes: f.idle, Down: f.down}
	case f.down:
		return spec, usage("--autostop-down needs --autostop")
	}
	if spec.Health, err = f.healthOf(spec); err != nil {
		return spec, err
	}
	if f.noDocker {
		off := false
		spec.Docker = &off
	}
	if err := f.readVaults(&spec); err != nil {
		return spec, err
	}
	for _, name := range f.secrets {
		value := getenv(name)
		if value == "" {
			return spec, usage("--secret %s: this shell has no such variable; secrets are not taken from the command line, which others can read", name)
		}
		if spec.Secrets == nil {
			spec.Secrets = map[string]string{}
		}
		spec.Secrets[name] = value
	}
	return spec, nil
}

// readScripts puts into the spec the scripts whose files the flags name.
func (f *launchFlags) readScripts(spec *schema.Spec) error {
	for _, script := range []struct {
		flag, path string
		into       *string
	}{{"--setup", f.setup, &spec.Setup}, {"--run", f.run, &spec.Run}} {
		if script.path == "" {
			continue
		}
		text, err := os.ReadFile(script.path)
		if err != nil {
			return usage("%s: %w", script.flag, err)
		}
		*script.into = string(text)
	}
	return nil
}

// healthOf is the spec's health check, or the one that a flag names.
func (f *launchFlags) healthOf(spec schema.Spec) (*schema.Health, error) {
	if f.health == "" {
		return spec.Health, nil
	}
	port, path, _ := strings.Cut(f.health, "/")
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, usage("--health %s: it is a port and a path, such as 8080/healthz", f.health)
	}
	return &schema.Health{Port: number, Path: "/" + path}, nil
}

// readJSON reads a file into a value that it has to fit.
func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// simulatedCloud is where a simulated launch goes that names none. SkyPilot would take the cheapest, Kubernetes at no cost, which
// can't stop a server: half of what there is to try.
const simulatedCloud = "aws"

func (s *session) launch(ctx context.Context, spec schema.Spec, f *launchFlags) error {
	if spec.Cloud == "" && s.Simulated() {
		spec.Cloud = simulatedCloud
	}
	if !f.dryRun {
		if err := s.mayAsk("launch"); err != nil {
			return err
		}
	}
	if !s.asJSON {
		if err := s.foresee(ctx, spec, f.dryRun || !s.asked()); err != nil {
			return err
		}
	}
	if f.dryRun {
		result, err := callWaiting(ctx, s, "Checking", schema.ClusterLaunch, schema.LaunchParams{Spec: spec, DryRun: true, AllowDeletions: f.deletions})
		if err != nil {
			return err
		}
		if s.asJSON {
			s.print(result)
		} else {
			s.screen.Line(result.Operation.Message)
		}
		return nil
	}
	if !s.asked() {
		if err := s.confirm(ctx, "Launch it?"); err != nil {
			return err
		}
	}
	accepted, err := call(ctx, s, schema.ClusterLaunch, schema.LaunchParams{Spec: spec, AllowDeletions: f.deletions})
	if err != nil {
		return err
	}
	if f.detach {
		return s.detached(accepted)
	}
	s.heading("Launching " + accepted.Cluster.Name)
	return s.seeThrough(ctx, accepted)
}

// foresee shows a person what is wrong with a launch, all of it, or else what should be known before: that the public vault holds
// secrets, and, with price, what SkyPilot would take and what that costs.
func (s *session) foresee(ctx context.Context, spec schema.Spec, price bool) error {
	preview, err := callWaiting(ctx, s, "Checking", schema.ClusterPreview, schema.SpecParams{Spec: spec})
	if err != nil {
		return err
	}
	if problems := preview.Problems; len(problems) > 0 {
		last := len(problems) - 1
		for i := range problems {
			if problems[i].OfValue() {
				last = i // the exit code is by it
			}
		}
		for i := range problems {
			if i != last {
				terminal.New(s.errOptions()).Refused(&problems[i])
			}
		}
		return &problems[last]
	}
	if preview.Upload != nil {
		for _, v := range preview.Upload.Vaults {
			s.secrets(v)
		}
	}
	if !price {
		return nil
	}
	done := s.waiting("Asking SkyPilot for the price")
	estimate, err := call(ctx, s, schema.ClusterEstimate, schema.EstimateParams{Spec: spec})
	done()
	if err != nil {
		return err
	}
	s.screen.Line(estimate.Sentence)
	return nil
}

// secrets warns of files in the public vault that look like secrets.
func (s *session) secrets(v schema.VaultUpload) {
	if v.Vault != schema.VaultPublic || v.Secrets == 0 {
		return
	}
	var paths []string
	for _, f := range v.FirstSecrets {
		paths = append(paths, f.Path)
	}
	if more := v.Secrets - len(paths); more > 0 {
		paths = append(paths, fmt.Sprintf("%d more", more))
	}
	s.screen.Warning("The public vault, " + v.Local + ", has files that look like secrets: " + strings.Join(paths, ", ") + ".")
}

// detached shows what was accepted, for whoever does not wait.
func (s *session) detached(accepted schema.OperationResult) error {
	if s.asJSON {
		s.print(accepted)
		return nil
	}
	s.screen.Line(s.goesOn(accepted.Operation.Kind))
	s.offerSight(accepted.Operation.Kind)
	return nil
}

// heading says what is done, where a person reads.
func (s *session) heading(title string) {
	if !s.asJSON {
		s.screen.Line(s.screen.Bold(title))
	}
}
