package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What an earlier run left is used if it is still what the configuration wants; otherwise a new one is enrolled for.
func TestStart(t *testing.T) {
	tests := []struct {
		name string
		// why is a part of the reason for enrolling, empty if what is there is used.
		why    string
		change func(s *scene, d *draft, p *pair)
	}{
		{"fits", "", nil},
		{"lives a little longer", "", func(_ *scene, d *draft, _ *pair) { d.template.NotAfter = d.template.NotAfter.Add(50 * time.Second) }},
		{"old, not expired", "", func(s *scene, d *draft, _ *pair) {
			d.template.NotBefore, d.template.NotAfter = d.template.NotBefore.Add(-15*time.Hour), d.template.NotAfter.Add(-15*time.Hour)
		}},
		{"the key of another", "key does not belong", func(s *scene, _ *draft, p *pair) { p.key = mustKey(s.t) }},
		{"another URI", "its URIs are", func(s *scene, d *draft, _ *pair) { d.template.URIs = mustURIs(s.t, testIdentity+"2") }},
		{"one name more", "its DNS names are", func(_ *scene, d *draft, _ *pair) { d.template.DNSNames = []string{"guard", "gate"} }},
		{"one name less", "its IP addresses are", func(_ *scene, d *draft, _ *pair) { d.template.IPAddresses = nil }},
		{"one usage less", "extended key usages", func(_ *scene, d *draft, _ *pair) { d.template.ExtKeyUsage = d.template.ExtKeyUsage[:1] }},
		{"another root", "lead to the roots", func(s *scene, d *draft, _ *pair) { d.signer = newAuthority(s.t, "root", nil) }},
		{"another intermediate", "another intermediate", func(s *scene, d *draft, _ *pair) {
			d.signer = newAuthority(s.t, "intermediate", s.issuer.root)
		}},
		{"expired", "expired", func(s *scene, d *draft, _ *pair) {
			d.template.NotBefore, d.template.NotAfter = s.clock.now().Add(-25*time.Hour), s.clock.now().Add(-time.Second)
		}},
		{"begins later", "not yet valid", func(s *scene, d *draft, _ *pair) { d.template.NotBefore = s.clock.now().Add(time.Minute) }},
		{"lives shorter", "lives for 23h", func(_ *scene, d *draft, _ *pair) { d.template.NotAfter = d.template.NotAfter.Add(-2 * time.Minute) }},
		{"lives longer", "lives for 24h2m", func(_ *scene, d *draft, _ *pair) { d.template.NotAfter = d.template.NotAfter.Add(2 * time.Minute) }},
		{"an authority's", "sign others", func(_ *scene, d *draft, _ *pair) { d.template.IsCA, d.template.BasicConstraintsValid = true, true }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			before := s.earlier(func(d *draft, p *pair) {
				if test.change != nil {
					test.change(s, d, p)
				}
			})
			s.put(before)
			s.start()
			if test.why == "" {
				s.expectAsked()
				if !s.published().leaf().Equal(before.leaf()) {
					t.Error("another certificate is published")
				}
				if len(s.events(eventCertificate)) != 1 {
					t.Errorf("the certificate was not reported: %s", s.log)
				}
				return
			}
			s.expectAsked(signPath)
			if s.published().leaf().Equal(before.leaf()) {
				t.Error("the old certificate is still published")
			}
			if why := s.events(eventEnrolling); len(why) != 1 || !strings.Contains(fmt.Sprint(why[0]["reason"]), test.why) {
				t.Errorf("reasons %v, want one about %q", why, test.why)
			}
		})
	}
}

func TestStartWithUnreadableFiles(t *testing.T) {
	tests := []struct {
		name, why string
		files     map[string]string
	}{
		{"no certificate", "tls.crt: holds no certificate", map[string]string{"tls.crt": "", "tls.key": ""}},
		{"a key in the place of the certificate", "beside certificates", map[string]string{"tls.crt": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}},
		{"half a certificate", "tls.crt", map[string]string{"tls.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}},
		{"no key", "tls.key: holds no private key", map[string]string{"tls.key": ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			s.put(s.earlier(func(*draft, *pair) {}))
			makeRemovable(s.config.Directory)
			for name, content := range test.files {
				path := filepath.Join(s.config.Directory, "..data", name)
				os.Remove(path)
				s.write(path, content)
			}
			s.start()
			s.expectAsked(signPath)
			if why := s.events(eventEnrolling); len(why) != 1 || !strings.Contains(fmt.Sprint(why[0]["reason"]), test.why) {
				t.Errorf("reasons %v, want one about %q", why, test.why)
			}
			s.published()
		})
	}
}

// What cannot be read at all is replaced too.
func TestStartWithLostGeneration(t *testing.T) {
	for name, lose := range map[string]func(generation string) error{
		"gone":              os.RemoveAll,
		"a folder in it":    func(generation string) error { return os.Mkdir(filepath.Join(generation, "folder"), 0o700) },
		"a link out of it":  func(generation string) error { return os.Symlink("/etc/hostname", filepath.Join(generation, "more")) },
		"one file too many": func(generation string) error { return os.WriteFile(filepath.Join(generation, "more"), nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.put(s.earlier(func(*draft, *pair) {}))
			makeRemovable(s.config.Directory)
			generations, _ := filepath.Glob(filepath.Join(s.config.Directory, "..[0-9]*"))
			if err := lose(generations[0]); err != nil {
				t.Fatal(err)
			}
			s.start()
			s.published()
			entries, err := os.ReadDir(filepath.Join(s.config.Directory, "..data"))
			if err != nil || len(entries) != 2 {
				t.Errorf("published are %v (%v)", entries, err)
			}
			if name != "one file too many" {
				s.expectAsked(signPath)
			}
		})
	}
}

// A run that was killed while it published leaves a whole pair, old or new, and the next one cleans up after it.
func TestStartAfterKill(t *testing.T) {
	half := func(s *scene, content string) string {
		name := fmt.Sprintf("..%d", time.Now().UnixNano())
		if err := os.Mkdir(filepath.Join(s.config.Directory, name), 0o700); err != nil {
			s.t.Fatal(err)
		}
		s.write(filepath.Join(s.config.Directory, name, certificateFile), content)
		return name
	}
	tests := []struct {
		name  string
		first bool
		crash func(s *scene)
		want  []string
	}{
		{"half a generation", false, func(s *scene) { half(s, "half") }, nil},
		{"a generation not yet linked", false, func(s *scene) {
			os.Symlink(half(s, "half"), filepath.Join(s.config.Directory, "..data_tmp"))
		}, nil},
		{"a link not yet in its place", false, func(s *scene) {
			os.Symlink("..data/tls.key", filepath.Join(s.config.Directory, "..tls.key_tmp"))
		}, nil},
		{"the links of the first publication", false, func(s *scene) { os.Remove(filepath.Join(s.config.Directory, keyFile)) }, nil},
		{"half of the very first generation", true, func(s *scene) { half(s, "half") }, []string{signPath}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			before := s.earlier(func(*draft, *pair) {})
			if !test.first {
				s.put(before)
			}
			test.crash(s)
			s.start()
			s.expectAsked(test.want...)
			if got := s.published(); !test.first && !got.leaf().Equal(before.leaf()) {
				t.Error("the whole pair was thrown away")
			}
			if rest, _ := filepath.Glob(filepath.Join(s.config.Directory, "*_tmp")); len(rest) > 0 {
				t.Errorf("left over: %v", rest)
			}
			if rest, _ := filepath.Glob(filepath.Join(s.config.Directory, "..[0-9]*")); len(rest) != 1 {
				t.Errorf("generations %v, want one", rest)
			}
		})
	}
}

// The half generation is not left lying about until the issuer can be reached.
func TestStartAfterKillWithoutIssuer(t *testing.T) {
	s := newScene(t)
	if err := os.Mkdir(filepath.Join(s.config.Directory, "..1800000000000000000"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.issuer.set(func(f *fakeIssuer) { f.refuse[signPath] = 503 })
	if err := s.r.start(); err != nil {
		t.Fatal(err)
	}
	s.step()
	expectNothing(t, s.config.Directory)
}

// The root is read at every use: it is replaced while the renewer runs.
func TestRootsAreReadAnew(t *testing.T) {
	s := newScene(t)
	right, err := os.ReadFile(s.config.Roots)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{encoded(newAuthority(t, "root", nil).certificate), "", "rubbish"} {
		s.restart()
		s.write(s.config.Roots, wrong)
		if err := s.r.start(); err != nil {
			t.Fatal(err)
		}
		s.step()
		if s.r.current != nil {
			t.Fatal("trusted an issuer below another root")
		}
		s.expectAsked()
		s.write(s.config.Roots, string(right))
		s.clock.advance(2 * time.Second)
		if s.step(); s.r.current == nil {
			t.Fatalf("the right roots were not read: %s", s.log)
		}
		s.expectAsked(signPath)
		s.clock.advance(25 * time.Hour)
	}
}

func TestIntermediateBesideOthers(t *testing.T) {
	s := newScene(t)
	other := newAuthority(t, "intermediate", s.issuer.root)
	s.write(s.config.Intermediate, encoded(other.certificate)+encoded(s.issuer.intermediate.certificate))
	s.put(s.earlier(func(*draft, *pair) {}))
	s.start()
	s.expectAsked()
}

func TestEnrolmentKey(t *testing.T) {
	s := newScene(t)
	sec1, err := x509.MarshalECPrivateKey(s.enrolment)
	if err != nil {
		t.Fatal(err)
	}
	parameters := "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
	s.write(s.config.Key, parameters+pemText("EC PRIVATE KEY", sec1))
	s.start()
	s.expectAsked(signPath)
}
