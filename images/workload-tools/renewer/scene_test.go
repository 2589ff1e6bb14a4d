package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const testIdentity = "spiffe://openclaw.internal/application/guard"

// log is written by one goroutine and read by another.
type journalText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journalText) Write(raw []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(raw)
}

func (j *journalText) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// scene is a renewer with its issuer, its files and its clock.
type scene struct {
	t         *testing.T
	clock     *clock
	issuer    *fakeIssuer
	enrolment *ecdsa.PrivateKey
	config    config
	around    surrounding
	log       *journalText
	r         *renewer

	linksMu sync.Mutex
	links   []net.Interface
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, clock: newClock(), enrolment: mustKey(t), links: []net.Interface{{Name: "eth0"}}}
	s.issuer = newFakeIssuer(t, s.clock, &s.enrolment.PublicKey)
	files, certificates := t.TempDir(), t.TempDir()
	t.Cleanup(func() { makeRemovable(certificates) })
	// A unix socket's path must be short, which the test's own directory is not everywhere.
	run, err := os.MkdirTemp("", "r")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(run) })
	s.config = config{
		Workload: "guard", Issuer: issuerAddress{URL: s.issuer.server.URL, ServerName: "ca"},
		Roots: filepath.Join(files, "roots.pem"), Intermediate: filepath.Join(files, "intermediate.pem"),
		Provisioner: "guard", Key: filepath.Join(files, "enrolment.key"),
		Names:  names{URIs: []string{testIdentity}, DNS: []string{"guard"}, IPs: []string{"10.0.0.7"}},
		Usages: []string{"server", "client"}, Lifetime: 24 * time.Hour, Backdate: testBackdate,
		Directory: certificates, Socket: filepath.Join(run, "renewer.sock"),
	}
	s.write(s.config.Roots, encoded(s.issuer.root.certificate))
	s.write(s.config.Intermediate, encoded(s.issuer.intermediate.certificate))
	der, err := x509.MarshalPKCS8PrivateKey(s.enrolment)
	if err != nil {
		t.Fatal(err)
	}
	s.write(s.config.Key, string(pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der})))
	s.around = surrounding{
		now: s.clock.now, random: func() float64 { return 0 }, look: 50 * time.Millisecond,
		interfaces: func() ([]net.Interface, error) {
			s.linksMu.Lock()
			defer s.linksMu.Unlock()
			return s.links, nil
		},
	}
	s.restart()
	return s
}

// makeRemovable lets the clean-up of the test delete directories of mode 0500 when it does not run as root.
func makeRemovable(directory string) {
	found, _ := filepath.Glob(filepath.Join(directory, "..[0-9]*"))
	for _, one := range found {
		os.Chmod(one, 0o700)
	}
}

// restart makes a renewer that knows only what is on the disk.
func (s *scene) restart() {
	s.log = &journalText{}
	s.r = newRenewer(s.config, s.around, newJournal(s.config, s.log))
}

func (s *scene) write(path, content string) {
	s.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) loseLinks() {
	s.linksMu.Lock()
	defer s.linksMu.Unlock()
	s.links = []net.Interface{{Name: "lo", Flags: net.FlagLoopback}}
}

// start brings the renewer to where it has a certificate.
func (s *scene) start() *scene {
	s.t.Helper()
	if err := s.r.start(); err != nil {
		s.t.Fatal(err)
	}
	s.step()
	if s.r.current == nil {
		s.t.Fatalf("no certificate: %s", s.log)
	}
	return s
}

func (s *scene) step() time.Duration {
	s.t.Helper()
	pause, err := s.r.step(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return pause
}

// published is the pair on the disk; it fails the test if certificate and key do not belong together.
func (s *scene) published() *pair {
	s.t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{certificateFile, keyFile} {
		raw, err := os.ReadFile(filepath.Join(s.config.Directory, name))
		if err != nil {
			s.t.Fatal(err)
		}
		files[name] = raw
	}
	found, err := pairFrom(files)
	if err != nil {
		s.t.Fatal(err)
	}
	if !found.key.PublicKey.Equal(found.leaf().PublicKey) {
		s.t.Fatal("certificate and key do not belong together")
	}
	return found
}

// put publishes files as an earlier run would have.
func (s *scene) put(p *pair) {
	s.t.Helper()
	if err := s.r.publish(p); err != nil {
		s.t.Fatal(err)
	}
}

// earlier is a pair as the issuer gives it, but for what the test changes.
func (s *scene) earlier(change func(*draft, *pair)) *pair {
	s.t.Helper()
	p := &pair{key: mustKey(s.t)}
	d := &draft{signer: s.issuer.intermediate, key: &p.key.PublicKey, template: &x509.Certificate{
		DNSNames: []string{"guard"}, IPAddresses: []net.IP{net.ParseIP("10.0.0.7")},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		NotBefore: s.clock.now().Add(-testBackdate), NotAfter: s.clock.now().Add(24 * time.Hour),
	}}
	d.template.URIs = mustURIs(s.t, testIdentity)
	change(d, p)
	p.chain = []*x509.Certificate{d.signer.sign(d.template, d.key), d.signer.certificate}
	return p
}

func (s *scene) expectAsked(want ...string) {
	s.t.Helper()
	if got := s.issuer.take(); !slices.Equal(got, want) {
		s.t.Fatalf("asked the issuer for %q, want %q; log: %s", got, want, s.log)
	}
}

// events are the lines of the log with this name.
func (s *scene) events(name string) []map[string]any {
	s.t.Helper()
	var found []map[string]any
	for line := range strings.Lines(s.log.String()) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			s.t.Fatalf("not one JSON object a line: %q", line)
		}
		if one["event"] == name {
			found = append(found, one)
		}
	}
	return found
}

func expectError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Fatalf("unexpected error: %v", err)
	case want != "" && err == nil:
		t.Fatalf("no error, want one about %q", want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Fatalf("error %q, want one about %q", err, want)
	}
}

// expectFailure is for the first failure of a scene.
func (s *scene) expectFailure(want string) {
	s.t.Helper()
	said := s.r.status()
	if said.Failures != 1 || !strings.Contains(said.LastFailure, want) {
		s.t.Errorf("%d failures, the last %q; want one about %q", said.Failures, said.LastFailure, want)
	}
}

func expectNothing(t *testing.T, directory string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) > 0 {
		t.Errorf("entries %v (%v), want none", entries, err)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}
