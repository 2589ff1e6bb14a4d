package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary play zt-renewer in a child process, where signals can be sent to it.
func TestMain(m *testing.M) {
	if os.Getenv("ZT_RENEWER_CHILD") != "" {
		around := surroundings()
		around.interfaces = func() ([]net.Interface, error) { return []net.Interface{{Name: "eth0"}}, nil }
		os.Exit(execute(os.Args[1:], around, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// running is a renewer that runs until the test ends it.
type running struct {
	*scene
	stop  context.CancelFunc
	ended chan error
}

func (s *scene) running() *running {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{scene: s, stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- run(ctx, s.r) }()
	s.t.Cleanup(func() { stop() })
	return r
}

// ready waits until the renewer answers, and says how it is.
func (r *running) ready(want func(status) bool) status {
	r.t.Helper()
	for range 200 {
		if said, _ := r.command("status"); said != "" {
			if parsed := parseStatus(r.t, said); want(parsed) {
				return parsed
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatalf("not as wanted: %s", r.log)
	return status{}
}

func hasCertificate(s status) bool { return s.Ready }

func (r *running) command(name string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	if code := execute(append([]string{name, "--socket", r.config.Socket}, args...), r.around, &stdout, &stderr); code != 0 {
		// The status is told also when it is not good.
		if (stdout.Len() > 0 && name != "status") || strings.Count(stderr.String(), "\n") != 1 || code != 1 {
			r.t.Errorf("%s: exit %d, printed %q, said %q", name, code, stdout.String(), stderr.String())
		}
		return stdout.String(), errors.New(stderr.String())
	}
	return stdout.String(), nil
}

func parseStatus(t *testing.T, text string) status {
	t.Helper()
	parsed := status{leafStatus: &leafStatus{}}
	if err := json.Unmarshal([]byte(text), &parsed); err != nil || strings.Count(text, "\n") != 1 {
		t.Fatalf("not one line of JSON: %q (%v)", text, err)
	}
	return parsed
}

func (r *running) expectEnd(want error) {
	r.t.Helper()
	select {
	case err := <-r.ended:
		if !errors.Is(err, want) || (want == nil && err != nil) {
			r.t.Errorf("ended with %v, want %v", err, want)
		}
	case <-time.After(2 * time.Second):
		r.t.Fatal("did not end")
	}
	if _, err := os.Lstat(r.config.Socket); !errors.Is(err, fs.ErrNotExist) {
		r.t.Errorf("the socket is still there: %v", err)
	}
}

func TestStatus(t *testing.T) {
	s := newScene(t)
	r := s.running()
	said := r.ready(hasCertificate)
	leaf := s.published().leaf()
	now := s.clock.now()
	want := leafStatus{
		Serial: leaf.SerialNumber.String(), IssuedAt: now.UTC(), NotAfter: now.Add(24 * time.Hour).UTC(), LifetimeSeconds: 86400,
		RemainingSeconds: 86400, RemainingRatio: 1, RenewAt: now.Add(16 * time.Hour).UTC(),
	}
	if *said.leafStatus != want || said.Identity != testIdentity || said.Renewals != 1 || said.Failures != 0 || said.LastFailure != "" {
		t.Errorf("status %+v %+v, want %+v", said, *said.leafStatus, want)
	}
	// The rest follows the clock.
	s.clock.advance(6 * time.Hour)
	raw, err := r.command("status")
	if err != nil {
		t.Fatal(err)
	}
	if said := parseStatus(t, raw); said.RemainingSeconds != 64800 || said.RemainingRatio != 0.75 || said.LifetimeSeconds != 86400 {
		t.Errorf("status %s", raw)
	}
	if strings.Contains(raw, "lastFailure") || !strings.Contains(raw, `"ready":true`) {
		t.Errorf("status %s", raw)
	}
	s.issuer.set(func(f *fakeIssuer) { f.refuse[rekeyPath], f.refuse[signPath] = 500, 500 })
	s.clock.advance(18*time.Hour + time.Second)
	raw, err = r.command("status")
	expectError(t, err, "has not expired")
	if !strings.Contains(raw, `"ready":false`) || !strings.Contains(raw, `"remainingSeconds":-1,`) {
		t.Errorf("status of an expired certificate %s", raw)
	}
	r.stop()
	r.expectEnd(nil)
	if _, err := r.command("status"); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("after the end: %v", err)
	}
}

func TestStatusWithoutCertificate(t *testing.T) {
	s := newScene(t)
	s.issuer.set(func(f *fakeIssuer) { f.refuse[signPath] = 403 })
	r := s.running()
	r.ready(func(said status) bool { return said.Failures > 0 })
	raw, err := r.command("status")
	expectError(t, err, "there is no certificate")
	for _, field := range []string{"serial", "notAfter", "remainingRatio"} {
		if strings.Contains(raw, field) {
			t.Errorf("status tells %s of no certificate: %s", field, raw)
		}
	}
	if !strings.Contains(raw, `"ready":false`) || !strings.Contains(raw, "no, says the issuer") || !strings.Contains(raw, testIdentity) {
		t.Errorf("status %s", raw)
	}
}

func TestMetrics(t *testing.T) {
	s := newScene(t)
	r := s.running()
	r.ready(hasCertificate)
	if _, err := r.command("renew"); err != nil {
		t.Fatal(err)
	}
	s.issuer.set(func(f *fakeIssuer) { f.refuse[signPath] = 403 })
	if _, err := r.command("renew", "--lifetime", "2m"); err == nil {
		t.Fatal("not refused")
	}
	s.clock.advance(90 * time.Minute)
	text, err := r.command("metrics")
	if err != nil {
		t.Fatal(err)
	}
	labels := `identity="` + testIdentity + `",workload="guard"} `
	samples := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			samples++
		}
	}
	for _, want := range []string{
		"zt_certificate_lifetime_seconds{" + labels + "86400\n",
		"zt_certificate_remaining_seconds{" + labels + "81000\n",
		"zt_certificate_renewal_failures_total{" + labels + "1\n",
		`zt_certificate_renewals_total{how="enrolment",` + labels + "1\n",
		`zt_certificate_renewals_total{how="rekey",` + labels + "1\n",
		"zt_certificate_not_after_timestamp_seconds{" + labels,
		"# TYPE zt_certificate_renewals_total counter\n", "# TYPE zt_certificate_remaining_seconds gauge\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %q:\n%s", want, text)
		}
	}
	if samples != 6 {
		t.Errorf("%d samples, want 6:\n%s", samples, text)
	}
}

func TestMetricsWithoutCertificate(t *testing.T) {
	s := newScene(t)
	s.issuer.set(func(f *fakeIssuer) { f.refuse[signPath] = 403 })
	r := s.running()
	r.ready(func(said status) bool { return said.Failures > 0 })
	text, err := r.command("metrics")
	if err != nil || strings.Contains(text, "remaining") || !strings.Contains(text, `how="enrolment"`) {
		t.Errorf("%v:\n%s", err, text)
	}
}

func TestRenewCommand(t *testing.T) {
	s := newScene(t)
	r := s.running()
	r.ready(hasCertificate)
	s.issuer.take()
	serial := s.published().leaf().SerialNumber.String()

	// Each waits until the new one is published, and tells it.
	renew := func(args ...string) status {
		t.Helper()
		raw, err := r.command("renew", args...)
		if err != nil {
			t.Fatal(err)
		}
		said := parseStatus(t, raw)
		if published := s.published().leaf().SerialNumber.String(); said.Serial != published || published == serial {
			t.Errorf("told %s, published %s, before %s", said.Serial, published, serial)
		}
		serial = said.Serial
		return said
	}
	if said := renew(); said.LifetimeSeconds != 86400 {
		t.Errorf("lives for %d s", said.LifetimeSeconds)
	}
	s.expectAsked(rekeyPath)
	if said := renew("--lifetime", "2m"); said.LifetimeSeconds != 120 {
		t.Errorf("lives for %d s", said.LifetimeSeconds)
	}
	s.expectAsked(signPath)
	if said := renew(); said.LifetimeSeconds != 120 {
		t.Errorf("a rekey lives for %d s", said.LifetimeSeconds)
	}
	s.expectAsked(rekeyPath)
	s.clock.advance(time.Hour)
	if said := renew(); said.LifetimeSeconds != 86400 {
		t.Errorf("after the end of the short one: lives for %d s", said.LifetimeSeconds)
	}
	if asked := s.issuer.take(); len(asked) == 0 || asked[0] != signPath {
		t.Errorf("asked for %q, want an enrolment first", asked)
	}
}

func TestRenewCommandRefused(t *testing.T) {
	tests := []struct {
		name, want string
		args       []string
		arrange    func(*fakeIssuer)
	}{
		{"too long", "status 403: the requested duration is too long", []string{"--lifetime", "48h"}, nil},
		{"by the issuer", "status 500: no, says the issuer", nil, func(f *fakeIssuer) { f.refuse[rekeyPath] = 500 }},
		{"not a duration", "is not a duration", []string{"--lifetime", "tomorrow"}, nil},
		{"a foreign answer", "its DNS names are", nil, func(f *fakeIssuer) { f.forge = func(d *draft) { d.template.DNSNames = []string{"gate"} } }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			r := s.running()
			before := r.ready(hasCertificate)
			if test.arrange != nil {
				s.issuer.set(test.arrange)
			}
			_, err := r.command("renew", test.args...)
			expectError(t, err, test.want)
			after := r.ready(hasCertificate)
			if after.Serial != before.Serial || s.published().leaf().SerialNumber.String() != before.Serial {
				t.Error("another certificate is published")
			}
			// Who ordered it may repeat it; by itself it goes on as planned.
			if !after.RenewAt.Equal(before.RenewAt) || !s.r.retryAt.IsZero() {
				t.Error("the plan was changed")
			}
		})
	}
}

func TestRenewCommandWithoutCertificate(t *testing.T) {
	s := newScene(t)
	s.issuer.set(func(f *fakeIssuer) { f.refuse[signPath] = 403 })
	r := s.running()
	r.ready(func(said status) bool { return said.Failures > 0 })
	s.issuer.set(func(f *fakeIssuer) { clear(f.refuse) })
	if _, err := r.command("renew"); err != nil {
		t.Fatal(err)
	}
	s.published()
}

func TestSocketIsPrivate(t *testing.T) {
	s := newScene(t)
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	r := s.running()
	r.ready(hasCertificate)
	if info, err := os.Stat(s.config.Socket); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	dial := func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", s.config.Socket) }
	client := http.Client{Transport: &http.Transport{DialContext: dial}}
	for path, want := range map[string]int{"/": 404, "/renew": 405, "/status/": 404} {
		response, err := client.Get("http://localhost" + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, response.StatusCode, want)
		}
	}
	client.CloseIdleConnections()
}

func TestSocketInTheWay(t *testing.T) {
	t.Run("of a killed run", func(t *testing.T) {
		s := newScene(t)
		listener, err := net.Listen("unix", s.config.Socket)
		if err != nil {
			t.Fatal(err)
		}
		listener.(*net.UnixListener).SetUnlinkOnClose(false)
		listener.Close()
		s.running().ready(hasCertificate)
	})
	t.Run("of a run that lives", func(t *testing.T) {
		s := newScene(t)
		first := s.running()
		first.ready(hasCertificate)
		expectError(t, run(t.Context(), newRenewer(s.config, s.around, newJournal(s.config, io.Discard))), "another renewer")
		first.ready(hasCertificate)
	})
	t.Run("a file", func(t *testing.T) {
		s := newScene(t)
		s.write(s.config.Socket, "mine")
		expectError(t, run(t.Context(), s.r), "is not a socket")
		if raw, err := os.ReadFile(s.config.Socket); err != nil || string(raw) != "mine" {
			t.Errorf("the file holds %q (%v)", raw, err)
		}
	})
	t.Run("no folder", func(t *testing.T) {
		s := newScene(t)
		s.r.config.Socket = filepath.Join(s.config.Directory, "missing", "s")
		expectError(t, run(t.Context(), s.r), "no such file")
	})
}

func TestRunWithoutDirectory(t *testing.T) {
	s := newScene(t)
	s.r.config.Directory = filepath.Join(s.config.Directory, "missing")
	expectError(t, run(t.Context(), s.r), "target")
}

func TestCutOff(t *testing.T) {
	t.Run("at the start", func(t *testing.T) {
		s := newScene(t)
		s.loseLinks()
		r := s.running()
		r.expectEnd(errCutOff)
		s.expectAsked()
	})
	t.Run("later", func(t *testing.T) {
		s := newScene(t)
		r := s.running()
		r.ready(hasCertificate)
		s.loseLinks()
		r.expectEnd(errCutOff)
	})
	t.Run("while it waits for an answer", func(t *testing.T) {
		s := newScene(t)
		asked := make(chan struct{})
		s.issuer.set(func(f *fakeIssuer) {
			f.answer = func(_ http.ResponseWriter, r *http.Request) {
				close(asked)
				io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}
		})
		r := s.running()
		<-asked
		s.loseLinks()
		r.expectEnd(errCutOff)
		if len(s.events(eventCutOff)) != 1 || len(s.events(eventFailed)) != 0 {
			t.Errorf("log: %s", s.log)
		}
	})
	t.Run("found by a failed request", func(t *testing.T) {
		s := newScene(t)
		s.issuer.set(func(f *fakeIssuer) {
			f.answer = func(w http.ResponseWriter, _ *http.Request) {
				s.loseLinks()
				f.say(w, http.StatusServiceUnavailable, "no")
			}
		})
		if err := s.r.start(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.r.step(t.Context()); !errors.Is(err, errCutOff) {
			t.Errorf("goes on with %v", err)
		}
		s.expectAsked(signPath)
	})
	t.Run("links that cannot be listed are no proof", func(t *testing.T) {
		s := newScene(t)
		s.around.interfaces = func() ([]net.Interface, error) { return nil, errors.New("unreadable") }
		s.restart()
		s.running().ready(hasCertificate)
	})
}

// child runs the real command line in a process of its own.
func (s *scene) child(args ...string) *exec.Cmd {
	child := exec.Command(os.Args[0], args...)
	// The race detector, if it is built in, waits for a second before it ends.
	child.Env = append(os.Environ(), "ZT_RENEWER_CHILD=1", "GORACE=atexit_sleep_ms=0")
	child.Stdout, child.Stderr = s.log, s.log
	return child
}

func (s *scene) configFile() string {
	s.t.Helper()
	raw, err := json.Marshal(map[string]any{
		"workload": s.config.Workload, "issuer": s.config.Issuer, "roots": s.config.Roots, "intermediate": s.config.Intermediate,
		"provisioner": s.config.Provisioner, "key": s.config.Key, "uris": s.config.Names.URIs, "dnsNames": s.config.Names.DNS,
		"ipAddresses": s.config.Names.IPs, "usages": s.config.Usages, "lifetime": s.config.Lifetime.String(),
		"backdate": s.config.Backdate.String(), "directory": s.config.Directory, "socket": s.config.Socket,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.t.TempDir(), "config.json")
	s.write(path, string(raw))
	return path
}

func TestSignals(t *testing.T) {
	hang := func(f *fakeIssuer) {
		f.answer = func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}
	}
	tests := []struct {
		name    string
		arrange func(*fakeIssuer)
		until   string
		signal  syscall.Signal
	}{
		{"SIGTERM", nil, eventCertificate, syscall.SIGTERM},
		{"SIGINT", nil, eventCertificate, syscall.SIGINT},
		{"SIGTERM while it waits for an answer", hang, eventEnrolling, syscall.SIGTERM},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			if test.arrange != nil {
				s.issuer.set(test.arrange)
			}
			child := s.child("run", "--config", s.configFile())
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- child.Wait() }()
			for range 500 {
				if len(s.events(test.until)) > 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			child.Process.Signal(test.signal)
			select {
			case err := <-ended:
				if err != nil || len(s.events(eventFailed)) > 0 {
					t.Errorf("exit: %v, want 0; log: %s", err, s.log)
				}
			case <-time.After(time.Second):
				child.Process.Kill()
				t.Fatal("did not end within a second")
			}
		})
	}
}

// Killed again and again at any moment, there is always a whole pair, and the next run makes use of it.
func TestKill(t *testing.T) {
	s := newScene(t)
	path := s.configFile()
	for round := range 8 {
		child := s.child("run", "--config", path)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// The first run may take its time, the others are killed while they publish one after the other.
		for round == 0 && len(s.events(eventCertificate)) == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		deadline := time.Now().Add(time.Duration(60+round*15) * time.Millisecond)
		for time.Now().Before(deadline) {
			var nothing bytes.Buffer
			execute([]string{"renew", "--socket", s.config.Socket}, s.around, &nothing, &nothing)
		}
		child.Process.Kill()
		child.Wait()
		s.published()
	}
	s.start()
	if rest, _ := filepath.Glob(filepath.Join(s.config.Directory, "..[0-9]*")); len(rest) > 2 {
		t.Errorf("generations %v, want at most two", rest)
	}
}
