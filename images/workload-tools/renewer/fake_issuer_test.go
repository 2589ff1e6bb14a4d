package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const testBackdate = 5 * time.Minute

// clock is a wall clock that goes when the test says so.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now().Round(0).Truncate(time.Second)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// authority signs certificates, and has one itself.
type authority struct {
	t           *testing.T
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func mustKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newAuthority makes a root, or an intermediate below another authority.
func newAuthority(t *testing.T, name string, above *authority) *authority {
	t.Helper()
	a := &authority{t: t, key: mustKey(t)}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour),
	}
	if above == nil {
		a.certificate = template
		above = a
	}
	a.certificate = above.sign(template, &a.key.PublicKey)
	return a
}

func (a *authority) sign(template *x509.Certificate, key crypto.PublicKey) *x509.Certificate {
	a.t.Helper()
	var err error
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return signed
}

func pool(authorities ...*authority) *x509.CertPool {
	out := x509.NewCertPool()
	for _, one := range authorities {
		out.AddCert(one.certificate)
	}
	return out
}

// draft is a certificate the issuer is about to sign; a test may make it a foreign one.
type draft struct {
	template *x509.Certificate
	key      crypto.PublicKey
	signer   *authority
}

// fakeIssuer does what step-ca does at its two endpoints, so far as the renewer can see it.
type fakeIssuer struct {
	t                  *testing.T
	clock              *clock
	root, intermediate *authority
	enrolment          *ecdsa.PublicKey
	server             *httptest.Server

	mu sync.Mutex
	// asked are the paths that were asked for, tokens what the tokens said.
	asked  []string
	tokens []map[string]any
	names  []*x509.CertificateRequest
	// refuse is a status and a message for a path; forge changes what is signed; answer replaces the whole answer.
	refuse map[string]int
	forge  func(*draft)
	answer http.HandlerFunc
	// trusts are the roots of client certificates.
	trusts *x509.CertPool
}

func newFakeIssuer(t *testing.T, c *clock, enrolment *ecdsa.PublicKey) *fakeIssuer {
	t.Helper()
	f := &fakeIssuer{t: t, clock: c, enrolment: enrolment, refuse: map[string]int{}}
	f.root = newAuthority(t, "root", nil)
	f.intermediate = newAuthority(t, "intermediate", f.root)
	f.trusts = pool(f.root)
	key := mustKey(t)
	own := f.intermediate.sign(&x509.Certificate{
		DNSNames: []string{"ca"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(500 * time.Hour),
	}, &key.PublicKey)
	f.server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	f.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	base := &tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.VerifyClientCertIfGiven, Time: c.now,
		Certificates: []tls.Certificate{{Certificate: [][]byte{own.Raw, f.intermediate.certificate.Raw}, PrivateKey: key}},
	}
	base.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		mine := base.Clone()
		mine.ClientCAs = f.trusts
		return mine, nil
	}
	f.server.TLS = base
	f.server.StartTLS()
	t.Cleanup(f.server.Close)
	return f
}

// set changes how the issuer behaves.
func (f *fakeIssuer) set(change func(*fakeIssuer)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// take returns the paths asked for since the last time.
func (f *fakeIssuer) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := f.asked
	f.asked = nil
	return asked
}

func (f *fakeIssuer) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r.URL.Path)
	if status := f.refuse[r.URL.Path]; status != 0 {
		f.say(w, status, "no, says the issuer")
		return
	}
	if f.answer != nil {
		f.answer(w, r)
		return
	}
	var body struct{ CSR, OTT, NotAfter string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		f.say(w, http.StatusBadRequest, "error decoding json")
		return
	}
	block, _ := pem.Decode([]byte(body.CSR))
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || csr.CheckSignature() != nil {
		f.say(w, http.StatusBadRequest, "invalid csr")
		return
	}
	f.names = append(f.names, csr)
	var d *draft
	switch r.URL.Path {
	case signPath:
		d = f.draftSign(w, body.OTT, body.NotAfter)
	case rekeyPath:
		d = f.draftRekey(w, r)
	default:
		f.say(w, http.StatusNotFound, "no such page")
	}
	if d == nil {
		return
	}
	d.key, d.signer = csr.PublicKey, f.intermediate
	if f.forge != nil {
		f.forge(d)
	}
	leaf := d.signer.sign(d.template, d.key)
	chain := []string{encoded(leaf), encoded(d.signer.certificate)}
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(map[string]any{"crt": chain[0], "ca": chain[1], "certChain": chain})
}

// draftSign demands of a token what step-ca does, and also what the deployment's template does.
func (f *fakeIssuer) draftSign(w http.ResponseWriter, token, notAfter string) *draft {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		f.say(w, http.StatusUnauthorized, "no token")
		return nil
	}
	var standard jwt.Claims
	var all map[string]any
	var own struct {
		SANs   []string `json:"sans"`
		Usages []string `json:"usages"`
	}
	if err := parsed.Claims(f.enrolment, &standard, &all, &own); err != nil {
		f.say(w, http.StatusUnauthorized, "the token has another signature")
		return nil
	}
	expected := jwt.Expected{Issuer: "guard", AnyAudience: jwt.Audience{"https://ca/1.0/sign"}, Time: f.clock.now()}
	if err := standard.ValidateWithLeeway(expected, time.Minute); err != nil || parsed.Headers[0].KeyID != "guard" || standard.Subject == "" {
		f.say(w, http.StatusUnauthorized, "the token is not for this")
		return nil
	}
	f.tokens = append(f.tokens, all)
	life, err := time.ParseDuration(notAfter)
	if err != nil {
		f.say(w, http.StatusBadRequest, "error decoding json")
		return nil
	}
	if life > 24*time.Hour {
		f.say(w, http.StatusForbidden, "the requested duration is too long")
		return nil
	}
	template := &x509.Certificate{
		KeyUsage:  x509.KeyUsageDigitalSignature,
		NotBefore: f.clock.now().Add(-testBackdate), NotAfter: f.clock.now().Add(life),
	}
	for _, name := range own.SANs {
		if !slices.Contains([]string{testIdentity, "guard", "10.0.0.7"}, name) {
			f.say(w, http.StatusBadRequest, "the name \""+name+"\" is not one of guard's")
			return nil
		}
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if uri, err := url.Parse(name); err == nil && uri.Scheme != "" {
			template.URIs = append(template.URIs, uri)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	for _, usage := range own.Usages {
		switch usage {
		case "serverAuth":
			template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		case "clientAuth":
			template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
		default:
			f.say(w, http.StatusBadRequest, "the usage \""+usage+"\" is not one of guard's")
			return nil
		}
	}
	return &draft{template: template}
}

func (f *fakeIssuer) draftRekey(w http.ResponseWriter, r *http.Request) *draft {
	if len(r.TLS.PeerCertificates) == 0 {
		f.say(w, http.StatusBadRequest, "missing client certificate")
		return nil
	}
	old := r.TLS.PeerCertificates[0]
	return &draft{template: &x509.Certificate{
		URIs: old.URIs, DNSNames: old.DNSNames, IPAddresses: old.IPAddresses, KeyUsage: old.KeyUsage, ExtKeyUsage: old.ExtKeyUsage,
		NotBefore: f.clock.now().Add(-testBackdate), NotAfter: f.clock.now().Add(old.NotAfter.Sub(old.NotBefore) - testBackdate),
	}}
}

func (f *fakeIssuer) say(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"status": status, "message": message})
}

func encoded(one *x509.Certificate) string {
	return string(encodeCertificates([]*x509.Certificate{one}))
}
