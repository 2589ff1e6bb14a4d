package main

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Whatever the issuer answers, only the workload's own certificate is ever published.
func TestForeignAnswerIsNotPublished(t *testing.T) {
	forgeries := []struct {
		name, want string
		forge      func(s *scene, d *draft)
	}{
		{"another key", "key does not belong", func(s *scene, d *draft) { d.key = &mustKey(s.t).PublicKey }},
		{"another URI", "its URIs are", func(s *scene, d *draft) { d.template.URIs = mustURIs(s.t, "spiffe://openclaw.internal/agent/openclaw") }},
		{"a URI more", "its URIs are", func(s *scene, d *draft) { d.template.URIs = mustURIs(s.t, testIdentity, testIdentity+"2") }},
		{"the URI twice", "its URIs are", func(s *scene, d *draft) { d.template.URIs = mustURIs(s.t, testIdentity, testIdentity) }},
		{"no URI", "its URIs are", func(_ *scene, d *draft) { d.template.URIs = nil }},
		{"another DNS name", "its DNS names are", func(_ *scene, d *draft) { d.template.DNSNames = []string{"gate"} }},
		{"a DNS name more", "its DNS names are", func(_ *scene, d *draft) { d.template.DNSNames = []string{"guard", "*.internal"} }},
		{"no IP address", "its IP addresses are", func(_ *scene, d *draft) { d.template.IPAddresses = nil }},
		{"an e-mail address", "its e-mail addresses are", func(_ *scene, d *draft) { d.template.EmailAddresses = []string{"a@b.example"} }},
		{"a usage more", "extended key usages", func(_ *scene, d *draft) {
			d.template.ExtKeyUsage = append(d.template.ExtKeyUsage, x509.ExtKeyUsageCodeSigning)
		}},
		{"a usage less", "extended key usages", func(_ *scene, d *draft) { d.template.ExtKeyUsage = d.template.ExtKeyUsage[:1] }},
		{"every usage", "extended key usages", func(_ *scene, d *draft) { d.template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }},
		{"no usage", "extended key usages", func(_ *scene, d *draft) { d.template.ExtKeyUsage = nil }},
		{"another authority", "does not lead to the roots", func(s *scene, d *draft) {
			d.signer = newAuthority(s.t, "intermediate", newAuthority(s.t, "root", nil))
		}},
		{"a longer life", "longer than the 24h", func(_ *scene, d *draft) { d.template.NotAfter = d.template.NotAfter.Add(2 * time.Minute) }},
		{"no life any more", "expired", func(s *scene, d *draft) { d.template.NotAfter = s.clock.now().Add(-time.Second) }},
		{"a life that has not begun", "not yet valid", func(s *scene, d *draft) { d.template.NotBefore = s.clock.now().Add(time.Minute) }},
		{"an authority's certificate", "sign others", func(_ *scene, d *draft) {
			d.template.IsCA, d.template.BasicConstraintsValid = true, true
		}},
		{"a certificate that may sign", "sign others", func(_ *scene, d *draft) { d.template.KeyUsage |= x509.KeyUsageCertSign }},
	}
	for _, forgery := range forgeries {
		t.Run("enrolment: "+forgery.name, func(t *testing.T) {
			s := newScene(t)
			s.issuer.set(func(f *fakeIssuer) { f.forge = func(d *draft) { forgery.forge(s, d) } })
			if err := s.r.start(); err != nil {
				t.Fatal(err)
			}
			s.step()
			s.expectAsked(signPath)
			s.expectFailure(forgery.want)
			if s.r.current != nil {
				t.Error("it is taken for the current one")
			}
			expectNothing(t, s.config.Directory)
		})
		t.Run("rekey: "+forgery.name, func(t *testing.T) {
			s := newScene(t).start()
			s.issuer.take()
			first := s.published()
			s.issuer.set(func(f *fakeIssuer) { f.forge = func(d *draft) { forgery.forge(s, d) } })
			s.clock.advance(16 * time.Hour)
			s.step()
			s.expectAsked(rekeyPath)
			s.expectFailure(forgery.want)
			if !s.published().leaf().Equal(first.leaf()) || !s.r.current.leaf().Equal(first.leaf()) {
				t.Error("the old pair was replaced")
			}
		})
	}
}

// A rekey keeps the life of the certificate before it: a longer one was not asked for.
func TestRekeyOfShortLife(t *testing.T) {
	s := newScene(t).start()
	lifetime := 10 * time.Minute
	if err := s.r.renew(t.Context(), &order{lifetime: &lifetime}); err != nil {
		t.Fatal(err)
	}
	s.issuer.take()
	s.clock.advance(7 * time.Minute)
	s.issuer.set(func(f *fakeIssuer) {
		f.forge = func(d *draft) { d.template.NotAfter = s.clock.now().Add(24 * time.Hour) }
	})
	s.step()
	s.expectAsked(rekeyPath)
	s.expectFailure("longer than the 10m")
	s.issuer.set(func(f *fakeIssuer) { f.forge = nil })
	s.clock.advance(2 * time.Second)
	s.step()
	s.expectAsked(rekeyPath)
	if got := s.r.status().LifetimeSeconds; got != 600 {
		t.Errorf("the new one lives for %d s", got)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	leaf := encoded(newAuthority(t, "root", nil).certificate)
	tests := []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"no JSON", "not the JSON expected", says(http.StatusCreated, "<html>")},
		{"an empty object", "holds no certificate", says(http.StatusCreated, "{}")},
		{"rubbish in the chain", "holds no certificate", says(http.StatusCreated, `{"certChain":["rubbish"]}`)},
		{"a key in the chain", "beside certificates", says(http.StatusCreated, chainOf(pemText(keyBlock, []byte{1})))},
		{"too much", "more than 1 MiB", says(http.StatusCreated, strings.Repeat(" ", maxBody)+chainOf(leaf))},
		{"another success", "status 200", says(http.StatusOK, chainOf(leaf))},
		{"a redirect", "status 302", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/1.0/other", http.StatusFound) }},
		{"a refusal without a message", "Service Unavailable", says(http.StatusServiceUnavailable, "busy")},
		{"a very long refusal", "xxx…", says(http.StatusForbidden, `{"message":"`+strings.Repeat("x", 10*maxMessage)+`"}`)},
		{"half an answer", "broke off", func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("content-length", "100")
			w.WriteHeader(http.StatusCreated)
			w.Write([]byte("{"))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			s.issuer.set(func(f *fakeIssuer) { f.answer = test.answer })
			if err := s.r.start(); err != nil {
				t.Fatal(err)
			}
			s.step()
			s.expectAsked(signPath)
			s.expectFailure(test.want)
			if said := s.r.status().LastFailure; len(said) > 2*maxMessage {
				t.Errorf("the reason has %d bytes", len(said))
			}
			expectNothing(t, s.config.Directory)
		})
	}
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// A connection that ends with something unread would be reset, and the answer lost.
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

func chainOf(certificates ...string) string {
	raw, _ := json.Marshal(map[string]any{"certChain": certificates})
	return string(raw)
}
