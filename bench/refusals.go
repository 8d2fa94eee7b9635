package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// refusal is a launch that is refused before anything starts.
type refusal struct {
	name, request, kind string
	prepare             func(home string) error
}

const launchAWS = `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cloud":"aws"}}}`

func refusals() []refusal {
	return []refusal{
		{"a bad spec", `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cpus":"lots"}}}`, "invalid_spec", nothing},
		{"no vaults", launchAWS, "vault_missing", credentials},
		{"no credentials", launchAWS, "credentials_missing", vaults},
		{"no SkyPilot", launchAWS, "skypilot_not_found", func(home string) error {
			if err := vaults(home); err != nil {
				return err
			}
			if err := credentials(home); err != nil {
				return err
			}
			return os.Remove(filepath.Join(home, "bin", "sky"))
		}},
	}
}

func nothing(string) error { return nil }

func vaults(home string) error {
	for _, vault := range []string{"public", "private"} {
		dir := filepath.Join(home, "data", vault)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("a"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func credentials(home string) error {
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(home, ".aws", "credentials"),
		[]byte("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"), 0o600)
}

// measure returns the times from request to refusal, each in a new process.
func (r refusal) measure(sidecar string, n int) ([]time.Duration, error) {
	var times []time.Duration
	for range n {
		took, err := r.once(sidecar)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		times = append(times, took)
	}
	return times, nil
}

func (r refusal) once(sidecar string) (time.Duration, error) {
	home, err := os.MkdirTemp("", "bench")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(home)
	if err := os.Mkdir(filepath.Join(home, "bin"), 0o755); err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(home, "bin", "sky"), []byte("#!/bin/sh\necho 'skypilot, version 0.14.1'\n"), 0o755); err != nil {
		return 0, err
	}
	if err := r.prepare(home); err != nil {
		return 0, err
	}
	// env keeps the measuring simple: the peer's own start is not in the time.
	p := peer{name: "sidecar", command: []string{
		"env", "-i", "HOME=" + home, "PATH=" + filepath.Join(home, "bin") + ":/usr/bin:/bin", "SKYPILOT_API_SERVER_LOCAL_PORT=1",
		sidecar, "--state-dir", filepath.Join(home, "state"), "--project", home,
	}}
	s, err := p.start()
	if err != nil {
		return 0, err
	}
	if err := s.ask(p.frame(ping(0))); err != nil {
		return 0, err
	}
	began := time.Now()
	if _, err := s.stdin.Write([]byte(r.request + "\n")); err != nil {
		return 0, err
	}
	answer, err := s.out.ReadSlice('\n')
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	if !bytes.Contains(answer, []byte(`"kind":"`+r.kind+`"`)) {
		return 0, fmt.Errorf("answered %.300s", answer)
	}
	return took, s.end()
}
