package main

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func mustURIs(t *testing.T, texts ...string) []*url.URL {
	t.Helper()
	var out []*url.URL
	for _, text := range texts {
		parsed, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, parsed)
	}
	return out
}

func TestEnrols(t *testing.T) {
	s := newScene(t).start()
	s.expectAsked(signPath)

	p := s.published()
	if err := s.config.checkFound(p, s.clock.now()); err != nil {
		t.Errorf("what was published would not be taken at the next start: %v", err)
	}
	if len(p.chain) != 2 || !p.chain[1].Equal(s.issuer.intermediate.certificate) {
		t.Error("the intermediate does not follow the leaf")
	}
	for path, want := range map[string]fs.FileMode{"tls.crt": 0o400, "tls.key": 0o400, "..data": fs.ModeDir | 0o500} {
		if info, err := os.Stat(filepath.Join(s.config.Directory, path)); err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v (%v), want %v", path, info.Mode(), err, want)
		}
	}
	if s.step(); len(s.issuer.take()) > 0 {
		t.Error("asked again although nothing is due")
	}
}

// The issuer gets what it was promised, and nothing more.
func TestEnrolmentAsksForExactlyThis(t *testing.T) {
	s := newScene(t).start()
	token := s.issuer.tokens[0]
	now := s.clock.now().Unix()
	for claim, want := range map[string]any{
		"iss": "guard", "sub": testIdentity, "iat": now, "nbf": now, "exp": now + 300,
		"sans": []any{testIdentity, "guard", "10.0.0.7"}, "usages": []any{"serverAuth", "clientAuth"},
	} {
		gotJSON, _ := json.Marshal(token[claim])
		wantJSON, _ := json.Marshal(want)
		if string(gotJSON) != string(wantJSON) {
			t.Errorf("claim %s is %s, want %s", claim, gotJSON, wantJSON)
		}
	}
	csr := s.issuer.names[0]
	if csr.Subject.String() != "" {
		t.Errorf("the request has the subject %q", csr.Subject)
	}
	if !slices.Equal(csr.DNSNames, s.config.Names.DNS) || len(csr.URIs) != 1 || csr.URIs[0].String() != testIdentity ||
		len(csr.IPAddresses) != 1 || csr.IPAddresses[0].String() != "10.0.0.7" {
		t.Errorf("the request names %v %v %v", csr.URIs, csr.DNSNames, csr.IPAddresses)
	}
}

func TestEnrolsWithFreshKeyAndToken(t *testing.T) {
	s := newScene(t).start()
	first := s.published()
	lifetime := 2 * time.Hour
	if err := s.r.renew(t.Context(), &order{lifetime: &lifetime}); err != nil {
		t.Fatal(err)
	}
	second := s.published()
	if first.key.Equal(second.key) {
		t.Error("the key is the old one")
	}
	if one, two := s.issuer.tokens[0]["jti"], s.issuer.tokens[1]["jti"]; one == two || len(one.(string)) < 20 {
		t.Errorf("token ids %v and %v", one, two)
	}
}
