package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play the administrator in a child process, where it can be signalled and killed.
func TestMain(m *testing.M) {
	if os.Getenv("POLICY_ADMINISTRATOR_CHILD") != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	lookEvery = 500 * time.Millisecond
	os.Exit(m.Run())
}

func child(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), "POLICY_ADMINISTRATOR_CHILD=1")
	return command
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func testConfig(t *testing.T) config {
	t.Helper()
	// Not t.TempDir: a unix socket's path may have 108 bytes only.
	directory, err := os.MkdirTemp("", "zt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return config{
		GRPC: freeAddress(t), HTTP: freeAddress(t), State: directory, Socket: filepath.Join(directory, "s"),
		SignedOut: "/oauth2/signed_out", Grants: map[string]time.Time{}, SessionHours: 8,
	}
}

func writeConfig(t *testing.T, c config) string {
	t.Helper()
	if c.Grants == nil {
		c.Grants = map[string]time.Time{}
	}
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "administrator.json")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newAdministrator keeps nothing and tells nobody; tests replace what they look at.
func newAdministrator() *administrator {
	return &administrator{
		grants: map[string]time.Time{}, sessionLife: 8 * time.Hour, journal: &journal{out: io.Discard}, now: time.Now,
		store: &memory{}, publish: func([]revocation) error { return nil },
		changing: make(chan struct{}, 1), sockets: map[*socket]struct{}{},
	}
}

// memory keeps nothing longer than itself.
type memory struct {
	kept   kept
	broken error
}

func (m *memory) change(_ context.Context, step func([]revocation) []revocation) (kept, error) {
	if m.broken != nil {
		return kept{}, m.broken
	}
	m.kept = kept{m.kept.generation + 1, step(slices.Clone(m.kept.list))}
	return m.kept, nil
}

// expectExit also checks that a failure is told in one line, followed by the usage if that was wrong.
func expectExit(t *testing.T, args []string, want int, says string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, &stdout, &stderr); code != want {
		t.Fatalf("%v: exit %d, want %d: %s", args, code, want, stderr.String())
	}
	if !strings.Contains(stderr.String(), says) {
		t.Errorf("%v: %q does not say %q", args, stderr.String(), says)
	}
	if lines := strings.Count(strings.TrimSuffix(stderr.String(), usage), "\n"); want != 0 && lines != 1 {
		t.Errorf("%v: reason is not one line: %q", args, stderr.String())
	}
	if want != 0 && stdout.Len() > 0 {
		t.Errorf("%v: printed %q", args, stdout.String())
	}
}
