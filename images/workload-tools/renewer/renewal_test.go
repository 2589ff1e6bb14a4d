package main

import (
	"crypto/tls"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRekeysAtTwoThirds(t *testing.T) {
	s := newScene(t).start()
	s.issuer.take()
	first := s.published()

	s.clock.advance(16*time.Hour - time.Second)
	if pause := s.step(); pause != time.Second {
		t.Errorf("pauses for %s, want until it is due", pause)
	}
	s.expectAsked()
	s.clock.advance(time.Second)
	s.step()
	s.expectAsked(rekeyPath)
	second := s.published()
	if first.key.Equal(second.key) || first.leaf().Equal(second.leaf()) {
		t.Error("key or certificate is the old one")
	}
	if err := s.config.checkFound(second, s.clock.now()); err != nil {
		t.Error(err)
	}
	// The next one counts from the new issue.
	s.clock.advance(16*time.Hour - time.Second)
	s.step()
	s.expectAsked()
	s.clock.advance(time.Second)
	s.step()
	s.expectAsked(rekeyPath)
}

func TestJitterMakesItEarlier(t *testing.T) {
	s := newScene(t)
	s.around.random = func() float64 { return 0.5 }
	s.restart()
	s.start()
	s.issuer.take()
	// Half of a twentieth of 24 h is 36 minutes.
	s.clock.advance(16*time.Hour - 36*time.Minute - time.Second)
	s.step()
	s.expectAsked()
	s.clock.advance(time.Second)
	s.step()
	s.expectAsked(rekeyPath)
}

// A laptop that slept wakes long after the renewal was due.
func TestRenewsAfterSleep(t *testing.T) {
	for slept, want := range map[time.Duration]string{20 * time.Hour: rekeyPath, 24 * time.Hour: rekeyPath, 30 * time.Hour: signPath} {
		s := newScene(t).start()
		s.issuer.take()
		s.clock.advance(slept)
		s.step()
		s.expectAsked(want)
		if err := s.config.checkFound(s.published(), s.clock.now()); err != nil {
			t.Errorf("after %s: %v", slept, err)
		}
	}
}

func TestClockSetBack(t *testing.T) {
	t.Run("before the certificate begins", func(t *testing.T) {
		s := newScene(t).start()
		s.issuer.take()
		s.clock.advance(-30 * time.Minute)
		s.step()
		s.expectAsked(signPath)
	})
	t.Run("while it waits to try again", func(t *testing.T) {
		s := newScene(t)
		s.issuer.set(func(f *fakeIssuer) { f.refuse[signPath] = 503 })
		if err := s.r.start(); err != nil {
			t.Fatal(err)
		}
		s.step()
		s.issuer.take()
		s.clock.advance(-30 * time.Minute)
		s.step()
		s.expectAsked(signPath)
	})
}

func TestPausesAreShort(t *testing.T) {
	s := newScene(t).start()
	if pause := s.step(); pause != 5*time.Second {
		t.Errorf("pauses for %s with a life of 24 h", pause)
	}
	lifetime := time.Minute
	if err := s.r.renew(t.Context(), &order{lifetime: &lifetime}); err != nil {
		t.Fatal(err)
	}
	if pause := s.step(); pause != 3*time.Second {
		t.Errorf("pauses for %s with a life of 1 min", pause)
	}
}

func TestIssuerDownThenUp(t *testing.T) {
	s := newScene(t).start()
	s.issuer.take()
	first := s.published()
	s.issuer.set(func(f *fakeIssuer) { f.refuse[rekeyPath] = http.StatusServiceUnavailable })
	s.clock.advance(16 * time.Hour)

	var waits []time.Duration
	for range 12 {
		s.step()
		s.expectAsked(rekeyPath)
		wait := s.r.retryAt.Sub(s.clock.now())
		waits = append(waits, wait)
		s.clock.advance(wait - time.Millisecond)
		s.step()
		s.expectAsked()
		s.clock.advance(time.Millisecond)
	}
	if waits[0] > 2*time.Second || slices.Min(waits) < time.Second || slices.Max(waits) > time.Minute || waits[11] < 30*time.Second {
		t.Errorf("waits %v, want from 1 s growing to 60 s", waits)
	}
	if !s.published().leaf().Equal(first.leaf()) {
		t.Error("the certificate that still holds was replaced")
	}
	said := s.r.status()
	if said.Failures != 12 || !strings.Contains(said.LastFailure, "no, says the issuer") || !said.Ready {
		t.Errorf("status %+v", said)
	}
	failed := s.events(eventFailed)
	if last := failed[len(failed)-1]; len(failed) != 12 || last["attempt"] != 12.0 || last["retryInMs"].(float64) < 30_000 {
		t.Errorf("events %v", failed)
	}

	s.issuer.set(func(f *fakeIssuer) { clear(f.refuse) })
	s.step()
	s.expectAsked(rekeyPath)
	if said := s.r.status(); said.Failures != 12 || said.LastFailure != "" || said.Renewals != 2 {
		t.Errorf("status %+v", said)
	}
	// The next trouble begins with a short wait again.
	s.issuer.set(func(f *fakeIssuer) { f.refuse[rekeyPath] = http.StatusServiceUnavailable })
	s.clock.advance(16 * time.Hour)
	s.step()
	if wait := s.r.retryAt.Sub(s.clock.now()); wait > 2*time.Second {
		t.Errorf("waits for %s", wait)
	}
}

func TestIssuerThatDoesNotAnswer(t *testing.T) {
	s := newScene(t)
	s.issuer.server.Close()
	if err := s.r.start(); err != nil {
		t.Fatal(err)
	}
	s.step()
	if said := s.r.status(); said.Failures != 1 || !strings.Contains(said.LastFailure, "gave no answer") || said.Ready || said.leafStatus != nil {
		t.Errorf("status %+v", said)
	}
}

func TestRefusedRekey(t *testing.T) {
	tests := []struct {
		name string
		no   func(*fakeIssuer)
		want []string
	}{
		{"401", func(f *fakeIssuer) { f.refuse[rekeyPath] = 401 }, []string{rekeyPath, signPath}},
		{"403", func(f *fakeIssuer) { f.refuse[rekeyPath] = 403 }, []string{rekeyPath, signPath}},
		{"a TLS alert", func(f *fakeIssuer) { f.trusts = pool(newAuthority(f.t, "root", nil)) }, []string{signPath}},
		{"400", func(f *fakeIssuer) { f.refuse[rekeyPath] = 400 }, []string{rekeyPath}},
		{"404", func(f *fakeIssuer) { f.refuse[rekeyPath] = 404 }, []string{rekeyPath}},
		{"500", func(f *fakeIssuer) { f.refuse[rekeyPath] = 500 }, []string{rekeyPath}},
		{"a redirect", func(f *fakeIssuer) { f.refuse[rekeyPath] = 307 }, []string{rekeyPath}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t).start()
			s.issuer.take()
			s.issuer.set(test.no)
			s.clock.advance(16 * time.Hour)
			s.step()
			s.expectAsked(test.want...)
			renewed := slices.Contains(test.want, signPath)
			if got := s.r.status().Failures == 0; got != renewed {
				t.Errorf("renewed %v, want %v: %s", got, renewed, s.log)
			}
		})
	}
}

func TestRefusedRekeyAndEnrolment(t *testing.T) {
	s := newScene(t).start()
	s.issuer.take()
	s.issuer.set(func(f *fakeIssuer) { f.refuse[rekeyPath], f.refuse[signPath] = 401, 403 })
	s.clock.advance(16 * time.Hour)
	s.step()
	s.expectAsked(rekeyPath, signPath)
	if said := s.r.status(); said.Failures != 1 || !strings.Contains(said.LastFailure, "403") {
		t.Errorf("status %+v", said)
	}
}

func TestEnrolsWhenRekeyFailedUntilTheEnd(t *testing.T) {
	s := newScene(t).start()
	s.issuer.take()
	s.issuer.set(func(f *fakeIssuer) { f.refuse[rekeyPath] = 500 })
	s.clock.advance(24*time.Hour - time.Second)
	s.step()
	s.expectAsked(rekeyPath)
	s.clock.advance(2 * time.Second)
	if s.r.status().Ready {
		t.Error("ready with an expired certificate")
	}
	s.step()
	s.expectAsked(signPath)
	if !s.r.status().Ready {
		t.Errorf("not ready: %s", s.log)
	}
}

// The issuer must prove who it is, with TLS 1.3.
func TestOtherServers(t *testing.T) {
	tests := []struct {
		name, want string
		change     func(*scene)
	}{
		{"another name", "not gate", func(s *scene) { s.r.config.Issuer.ServerName = "gate" }},
		{"TLS 1.2", "protocol version", func(s *scene) {
			s.issuer.server.TLS.GetConfigForClient = nil
			s.issuer.server.TLS.MinVersion, s.issuer.server.TLS.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		}},
		{"plain HTTP", "HTTP response to HTTPS", func(s *scene) {
			plain := http.Server{Handler: http.NotFoundHandler()}
			listener := listen(s.t)
			go plain.Serve(listener)
			s.t.Cleanup(func() { plain.Close() })
			s.r.config.Issuer.URL = "https://" + listener.Addr().String()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			test.change(s)
			if err := s.r.start(); err != nil {
				t.Fatal(err)
			}
			s.step()
			s.expectAsked()
			if said := s.r.status().LastFailure; !strings.Contains(said, test.want) {
				t.Errorf("failure %q, want one about %q", said, test.want)
			}
		})
	}
}

func TestReportsEveryHour(t *testing.T) {
	s := newScene(t).start()
	for range 3 {
		before := len(s.events(eventCertificate))
		s.clock.advance(time.Hour - time.Second)
		s.step()
		s.clock.advance(time.Second)
		s.step()
		s.step()
		if got := len(s.events(eventCertificate)) - before; got != 1 {
			t.Fatalf("%d reports within an hour", got)
		}
	}
	last := s.events(eventCertificate)[3]
	if keys := slices.Sorted(maps.Keys(last)); !slices.Equal(keys, []string{
		"event", "identity", "log", "notAfter", "remainingRatio", "remainingSeconds", "serial", "time", "workload",
	}) {
		t.Errorf("keys %v", keys)
	}
	if last["workload"] != "guard" || last["identity"] != testIdentity || last["serial"] != s.published().leaf().SerialNumber.String() ||
		last["remainingSeconds"] != 21*3600.0 || last["remainingRatio"] != 0.875 ||
		last["notAfter"] != s.published().leaf().NotAfter.UTC().Format(time.RFC3339) {
		t.Errorf("report %v", last)
	}
}

func TestLogHoldsNoSecret(t *testing.T) {
	s := newScene(t).start()
	s.issuer.set(func(f *fakeIssuer) {
		f.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			w.Write([]byte("{\"message\":\"two\\nlines\\u001b[31m\\u202e\"}"))
		}
	})
	s.clock.advance(30 * time.Hour)
	s.step()
	if len(s.events(eventRenewed)) != 1 || len(s.events(eventFailed)) != 1 {
		t.Fatalf("log: %s", s.log)
	}
	for _, secret := range []string{"PRIVATE", "CERTIFICATE", "eyJ", "csr", "ott", "\\u001b", "\u001b", "\u202e"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q: %s", secret, s.log)
		}
	}
}
