package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carapace/e2e/ramdisk"
	"carapace/schema"
	"carapace/skysim"
)

// asSidecar makes the test binary be the sidecar.
const asSidecar = "CARAPACE_TEST_AS_SIDECAR"

func TestMain(m *testing.M) {
	if os.Getenv(asSidecar) != "" {
		os.Exit(run(os.Args[1:]))
	}
	ramdisk.Use()
	if err := flag.Set("test.parallel", "8"); err != nil { // most tests wait for another process
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// command is the sidecar with a home of its own, so that no test sees what a
// person has on this machine.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = t.TempDir()
	for _, vault := range []string{"public", "private"} {
		if err := os.MkdirAll(filepath.Join(cmd.Dir, "data", vault), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Env = []string{asSidecar + "=1", "HOME=" + cmd.Dir, "PATH=/usr/bin:/bin", "CARAPACE_SKY=/nonexistent/sky", skysim.EnvSpeed + "=0.01"}
	if settings := os.Getenv("GORACE"); settings != "" { // the race detector's own, for whoever runs the tests under it
		cmd.Env = append(cmd.Env, "GORACE="+settings)
	}
	return cmd
}

// output runs the sidecar on lines and returns its messages, its stderr and its
// exit code. What is on stdout must be protocol, every line of it.
func output(t *testing.T, cmd *exec.Cmd, lines ...string) (messages []message, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(strings.Join(lines, "\n")), &out, &errs
	err := cmd.Run()
	if _, ok := err.(*exec.ExitError); err != nil && !ok { //nolint:errorlint // Run returns it bare
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(&out)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var m message
		if err := json.Unmarshal(scanner.Bytes(), &m); err != nil || m.JSONRPC != "2.0" {
			t.Fatalf("not protocol on stdout: %s", scanner.Text())
		}
		messages = append(messages, m)
	}
	return messages, errs.String(), cmd.ProcessState.ExitCode()
}

type message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Code int `json:"code"`
		Data struct {
			Kind, Message, Hint, Field string
		} `json:"data"`
	} `json:"error"`
}

func TestOneRequestOneAnswer(t *testing.T) {
	t.Parallel()
	messages, stderr, code := output(t, command(t), `{"jsonrpc":"2.0","id":1,"method":"cluster.status"}`)
	if code != 0 || len(messages) != 1 || string(messages[0].ID) != "1" || !strings.Contains(string(messages[0].Result), `"no_server"`) {
		t.Errorf("exit %d, %d messages: %+v", code, len(messages), messages)
	}
	if stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args        []string
		line        string
		code        int
		kind, field string
	}{
		"no sky":         {nil, `{"jsonrpc":"2.0","id":1,"method":"cluster.launch"}`, -32006, "skypilot_not_found", ""},
		"unknown field":  {nil, `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"nmae":"x"}}}`, -32602, "invalid_params", "spec.nmae"},
		"wrong type":     {nil, `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"diskSize":"big"}}}`, -32602, "invalid_params", "spec.diskSize"},
		"cpus in words":  {[]string{"--simulate"}, `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cpus":"lots"}}}`, -32602, "invalid_spec", "spec.cpus"},
		"no such method": {nil, `{"jsonrpc":"2.0","id":1,"method":"cluster.lanch"}`, -32601, "invalid_params", ""},
		"not simulated":  {nil, `{"jsonrpc":"2.0","id":1,"method":"simulate.clear"}`, -32601, "invalid_params", ""},
		"protocol 2":     {nil, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":2}}`, -32002, "protocol_unsupported", "protocolVersion"},
		"not JSON":       {nil, `{"jsonrpc":"2.0","id":1,"method":"ping"`, -32700, "invalid_params", ""},
	} {
		t.Run(name, func(t *testing.T) {
			messages, _, code := output(t, command(t, c.args...), c.line)
			if code != 0 || len(messages) != 1 || messages[0].Error == nil {
				t.Fatalf("exit %d, %+v", code, messages)
			}
			e := messages[0].Error
			if e.Code != c.code || e.Data.Kind != c.kind || e.Data.Field != c.field {
				t.Errorf("got %+v, want code %d, kind %s, field %q", *e, c.code, c.kind, c.field)
			}
			if e.Data.Message == "" || e.Data.Hint == "" {
				t.Errorf("no message or no hint: %+v", *e)
			}
		})
	}
}

// A newer app asks: only where a typo could cost money or files is it refused what this sidecar does not know.
func TestWhatANewerAppSends(t *testing.T) {
	t.Parallel()
	for method, signature := range schema.Signatures() {
		result := signature.Result
		if result == nil || result.Kind() != reflect.Struct {
			continue
		}
		for i := range result.NumField() {
			if strings.HasPrefix(result.Field(i).Tag.Get("json"), schema.IgnoredField) {
				t.Errorf("the result of %s has a field of that name itself", method)
			}
		}
	}
	open := []string{`"initialize","params":{"locale":"de","new":1}`, `"ping","params":{"new":1}`, `"cluster.status","params":{"new":1}`, `"config.get","params":{"new":1}`}
	strict := []string{
		`"cluster.preview","params":{"new":1}`, `"cluster.launch","params":{"new":1}`, `"cluster.start","params":{"new":1}`, `"cluster.stop","params":{"new":1}`,
		`"cluster.destroy","params":{"new":1}`, `"cluster.sync","params":{"new":1}`, `"cluster.cancel","params":{"new":1}`, `"cluster.forget","params":{"new":1}`,
		`"cluster.autostop","params":{"idleMinutes":5,"new":1}`, `"vault.watch","params":{"on":true,"new":1}`, `"config.set","params":{"new":1}`, `"cluster.estimate","params":{"new":1}`,
		`"skypilot.install","params":{"new":1}`,
	}
	lines := []string{}
	for i, rest := range append(slices.Clone(open), strict...) {
		lines = append(lines, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%s}`, i, rest))
	}
	messages, stderr, code := output(t, command(t, "--simulate"), lines...)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	answered := map[string]message{}
	for _, m := range messages {
		answered[string(m.ID)] = m
	}
	for i := range lines {
		m := answered[strconv.Itoa(i)]
		var result struct {
			Ignored     []string `json:"ignored"`
			Description string   `json:"description"`
		}
		if i < len(open) {
			if err := json.Unmarshal(m.Result, &result); err != nil || !slices.Equal(result.Ignored, []string{"new"}) {
				t.Errorf("%s: %s %+v", lines[i], m.Result, m.Error)
			}
			if strings.Contains(lines[i], "cluster.status") && !strings.Contains(result.Description, "noch keinen Server") {
				t.Errorf("not in the app's language: %s", m.Result)
			}
			continue
		}
		if m.Error == nil || m.Error.Data.Field != "new" || m.Error.Data.Kind != "invalid_params" {
			t.Errorf("%s: %s %+v", lines[i], m.Result, m.Error)
		}
	}
}

func TestCommandLine(t *testing.T) {
	for name, c := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"version":      {[]string{"--version"}, 0, "protocol 1", ""},
		"help":         {[]string{"--help"}, 0, "Available Commands:", ""},
		"help of one":  {[]string{"launch", "--help"}, 0, "--cloud id", ""},
		"unknown flag": {[]string{"--nope"}, 2, "", "nope"},
		"command":      {[]string{"lanch"}, 2, "", "Did you mean this?\n\tlaunch"},
		"argument":     {[]string{"stop", "it"}, 2, "", "it"},
		"bad deadline": {[]string{"--deadline", "-5m"}, 2, "", "-5m"},
		"bad level":    {[]string{"--log-level", "loud"}, 2, "", "debug, info, warn or error"},
		"bad name":     {[]string{"status", "--name", "-"}, 2, "", "can't be a server's name"},
		"no folder":    {[]string{"--state-dir", ""}, 2, "", "--state-dir"},
		"no project":   {[]string{"doctor", "--project="}, 2, "", "--project"},
		"bad cloud":    {[]string{"demo", "--cloud", "foo"}, 2, "no cloud that SkyPilot knows", ""},
		"a real one":   {[]string{"demo", "--real", "--cloud", "foo"}, 2, "no cloud that SkyPilot knows", ""},
		"of a launch":  {[]string{"launch", "--cloud", "foo", "--simulate"}, 2, "", "no cloud that SkyPilot knows"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, c.args...)
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			_ = cmd.Run() // its exit code is looked at
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(out.String(), c.stdout) || !strings.Contains(errs.String(), c.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q", code, out.String(), errs.String())
			}
		})
	}
}

// The deadline is the user's: a slow connection, or a setup that takes hours,
// needs another one than most.
func TestDeadlineIsTheUsers(t *testing.T) {
	t.Parallel()
	messages, _, code := output(t, command(t, "--simulate", "--wait", "--deadline", "1ms"),
		`{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cloud":"aws"}}}`)
	last := messages[len(messages)-1]
	if code != exitError || last.Method != "operation.finished" || !strings.Contains(string(last.Params), `"kind":"timeout"`) {
		t.Errorf("exit %d; the last message is %s %s", code, last.Method, last.Params)
	}
}

func TestWaitSeesALaunchThrough(t *testing.T) {
	t.Parallel()
	messages, _, code := output(t, command(t, "--simulate", "--wait"),
		`{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cloud":"aws"}}}`)
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	last := messages[len(messages)-1]
	if last.Method != "operation.finished" || !strings.Contains(string(last.Params), `"state":"succeeded"`) {
		t.Errorf("the last message is %s %s", last.Method, last.Params)
	}
}

func TestALaunchGoesOnInTheNextProcess(t *testing.T) {
	t.Parallel()
	first := command(t, "--simulate")
	messages, _, code := output(t, first, `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cloud":"aws"}}}`)
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	var answer struct{ Operation struct{ ID string } }
	for _, m := range messages {
		if m.ID != nil {
			if err := json.Unmarshal(m.Result, &answer); err != nil {
				t.Fatal(err)
			}
		}
	}
	second := command(t, "--simulate")
	second.Dir, second.Env = first.Dir, first.Env
	out, in := start(t, second)
	end := until(t, out, "operation.finished")
	if !strings.Contains(string(end.Params), answer.Operation.ID) || !strings.Contains(string(end.Params), `"state":"succeeded"`) {
		t.Errorf("the end is %s, of another operation than %s", end.Params, answer.Operation.ID)
	}
	_ = in.Close()
	if err := second.Wait(); err != nil {
		t.Error(err)
	}
}

func start(t *testing.T, cmd *exec.Cmd) (*bufio.Scanner, io.WriteCloser) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() { timer.Stop(); _ = cmd.Process.Kill() })
	scanner := bufio.NewScanner(pipe)
	scanner.Buffer(nil, 1<<20)
	return scanner, in
}

func until(t *testing.T, out *bufio.Scanner, method string) message {
	t.Helper()
	for out.Scan() {
		var m message
		if err := json.Unmarshal(out.Bytes(), &m); err != nil {
			t.Fatalf("not protocol on stdout: %s", out.Text())
		}
		if m.Method == method {
			return m
		}
	}
	t.Fatalf("the sidecar ended before %s", method)
	return message{}
}

func TestStateFolderThatCantBeUsed(t *testing.T) {
	cmd := command(t)
	cmd.Args = append(cmd.Args, "--state-dir", filepath.Join(cmd.Dir, "a-file", "state"))
	if err := os.WriteFile(filepath.Join(cmd.Dir, "a-file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	messages, _, code := output(t, cmd, `{"jsonrpc":"2.0","id":1,"method":"ping"}`, `{"jsonrpc":"2.0","id":2,"method":"cluster.status"}`)
	if code != 0 || len(messages) != 2 {
		t.Fatalf("exit %d, %+v", code, messages)
	}
	for _, m := range messages {
		if string(m.ID) == "2" && (m.Error == nil || m.Error.Data.Kind != "state_unwritable") {
			t.Errorf("the answer is %+v", m)
		}
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	cmd := command(t, "demo")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	text := out.String()
	if !strings.HasPrefix(text, "SIMULATED") {
		t.Errorf("it does not say at its top that it is simulated: %.80s", text)
	}
	at := 0
	for _, must := range []string{"running ·", "There is a server already", "stopped ·", "running ·", "The server is destroyed.", "The whole life took"} {
		i := strings.Index(text[at:], must)
		if i < 0 {
			t.Fatalf("%q is missing, or out of order, in:\n%s", must, text)
		}
		at += i
	}
	if strings.Contains(text, "\x1b") {
		t.Error("there are escape codes, though this is no terminal")
	}
}

// Of all variables but PATH the name alone is written: a value may be a secret.
func TestHiddenEnvDump(t *testing.T) {
	cmd := command(t, "--carapace-dump-env")
	cmd.Env = append(cmd.Env, "AWS_SECRET_ACCESS_KEY=hidden", "UNSET=")
	out, err := cmd.Output()
	if err != nil || !bytes.Contains(out, []byte("PATH=/usr/bin:/bin")) || !bytes.Contains(out, []byte("\x00AWS_SECRET_ACCESS_KEY\x00")) ||
		bytes.Contains(out, []byte("hidden")) || bytes.Contains(out, []byte("UNSET")) {
		t.Errorf("%v: %q", err, out)
	}
}

// The first notification of a process that finds something is the whole state.
func TestFirstWordIsTheWholeState(t *testing.T) {
	t.Parallel()
	first := command(t, "--simulate", "--wait")
	output(t, first, `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cloud":"aws"}}}`)
	second := command(t, "--simulate")
	second.Dir, second.Env = first.Dir, first.Env
	messages, _, _ := output(t, second, "")
	if len(messages) == 0 || messages[0].Method != "cluster.statusChanged" || !strings.Contains(string(messages[0].Params), `"status":"running"`) {
		t.Errorf("the first messages are %+v", messages)
	}
}
