package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func (s *scene) issue(args ...string) (*pair, error) {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"issue", "--config", s.configFile()}, args...)
	if code := execute(args, s.around, &stdout, &stderr); code != 0 {
		if code != 1 || stdout.Len() > 0 {
			s.t.Errorf("exit %d, printed %q", code, stdout.String())
		}
		return nil, fmt.Errorf("%s", stderr.String())
	}
	var out map[string]string
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		s.t.Fatal(err)
	}
	p, err := pairFrom(map[string][]byte{certificateFile: []byte(out["certificate"]), keyFile: []byte(out["privateKey"])})
	if err != nil || len(out) != 2 {
		s.t.Fatalf("printed %q (%v)", stdout.String(), err)
	}
	return p, nil
}

func TestIssue(t *testing.T) {
	s := newScene(t)
	p, err := s.issue()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.config.checkFound(p, s.clock.now()); err != nil {
		t.Errorf("by default: %v", err)
	}
	p, err = s.issue("--lifetime", "90m", "--dns", "guard", "--usage", "client")
	if err != nil {
		t.Fatal(err)
	}
	leaf := p.leaf()
	if !slices.Equal(leaf.DNSNames, []string{"guard"}) || len(leaf.URIs)+len(leaf.IPAddresses) > 0 || len(leaf.ExtKeyUsage) != 1 ||
		lifeOf(leaf, testBackdate).length() != 90*time.Minute {
		t.Errorf("issued for %v %v %v, %v", leaf.DNSNames, leaf.URIs, leaf.ExtKeyUsage, lifeOf(leaf, testBackdate).length())
	}
	expectNothing(t, s.config.Directory)
}

// What is wrong with a wish is for the issuer to say.
func TestIssuePassesEverythingOn(t *testing.T) {
	tests := []struct {
		name, want string
		args       []string
	}{
		{"a foreign DNS name", `the name "gate" is not one of guard's`, []string{"--dns", "guard", "--dns", "gate"}},
		{"a foreign identity", "not one of guard's", []string{"--uri", "spiffe://openclaw.internal/agent/openclaw"}},
		{"a foreign trust domain", "not one of guard's", []string{"--uri", "spiffe://evil.example/application/guard"}},
		{"a foreign address", `the name "10.9.9.9"`, []string{"--ip", "10.9.9.9"}},
		{"a DNS name nobody may have", `the name "A_B"`, []string{"--dns", "A_B"}},
		{"a foreign usage", `the usage "codeSigning"`, []string{"--usage", "codeSigning"}},
		{"too long a life", "the requested duration is too long", []string{"--lifetime", "48h"}},
		{"no life", "error decoding json", []string{"--lifetime", "for ever"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			_, err := s.issue(test.args...)
			expectError(t, err, test.want)
			expectError(t, err, "the issuer refused with status 40")
			s.expectAsked(signPath)
		})
	}
}

func TestIssueWithAnotherKey(t *testing.T) {
	s := newScene(t)
	der := mustPKCS8(t, mustKey(t))
	s.write(s.config.Key, pemText(keyBlock, der))
	_, err := s.issue()
	expectError(t, err, "status 401: the token has another signature")
}

func TestIssueOfWhatCannotBeWritten(t *testing.T) {
	s := newScene(t)
	for _, args := range [][]string{{"--ip", "guard"}, {"--uri", "spiffe://%zz"}} {
		_, err := s.issue(args...)
		expectError(t, err, "cannot be written into a request")
	}
	s.expectAsked()
}

func TestWrongUsage(t *testing.T) {
	for _, line := range []string{
		"", "help", "run", "run --config", "run now --config /c", "status", "metrics", "renew --lifetime 2m", "issue", "status --socket /s --config /c",
	} {
		var stdout, stderr bytes.Buffer
		if code := execute(strings.Fields(line), surrounding{}, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), "usage:") || stdout.Len() > 0 {
			t.Errorf("%q: exit %d: %s", line, code, stderr.String())
		}
	}
	for _, line := range []string{"run --config /nowhere/c", "issue --config /nowhere/c"} {
		var stdout, stderr bytes.Buffer
		if code := execute(strings.Fields(line), surrounding{}, &stdout, &stderr); code != 78 || !strings.Contains(stderr.String(), "no such file") {
			t.Errorf("%q: exit %d: %s", line, code, stderr.String())
		}
	}
}
