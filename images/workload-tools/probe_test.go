package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority is a throw-away CA that writes its files into one directory.
type authority struct {
	t         *testing.T
	directory string
	root      *x509.Certificate
	key       *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, directory: t.TempDir()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	a.key = newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.root, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.writePEM("roots.pem", "CERTIFICATE", der)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) writePEM(name, kind string, der []byte) {
	a.t.Helper()
	raw := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(a.file(name), raw, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) file(name string) string { return filepath.Join(a.directory, name) }

// issue writes <name>.crt and <name>.key and returns the pair.
func (a *authority) issue(name string, usage x509.ExtKeyUsage, dns, uri string, notAfter time.Time) tls.Certificate {
	a.t.Helper()
	identity, err := url.Parse(uri)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{dns}, URIs: []*url.URL{identity},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: notAfter, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	key := newKey(a.t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.writePEM(name+".crt", "CERTIFICATE", der)
	a.writePEM(name+".key", "PRIVATE KEY", private)
	pair, err := tls.LoadX509KeyPair(a.file(name+".crt"), a.file(name+".key"))
	if err != nil {
		a.t.Fatal(err)
	}
	return pair
}

func answers() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"ready":true}`)) })
	mux.HandleFunc("/busy", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(`{"ready":true}`))
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/readyz", http.StatusFound) })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			// An answer now could still overtake the client's time-out.
			panic(http.ErrAbortHandler)
		case <-time.After(5 * time.Second):
		}
	})
	return mux
}

func startTLS(t *testing.T, config *tls.Config) string {
	t.Helper()
	server := httptest.NewUnstartedServer(answers())
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

const identity = "spiffe://claw.test/agent/openclaw"

func TestProbeHTTPS(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	good := ca.issue("server", x509.ExtKeyUsageServerAuth, "openclaw", identity, time.Now().Add(time.Hour))
	expired := ca.issue("expired", x509.ExtKeyUsageServerAuth, "openclaw", identity, time.Now().Add(-time.Minute))
	clientOnly := ca.issue("client-only", x509.ExtKeyUsageClientAuth, "openclaw", identity, time.Now().Add(time.Hour))
	ca.issue("client", x509.ExtKeyUsageClientAuth, "probe", "spiffe://claw.test/agent/probe", time.Now().Add(time.Hour))
	pool := x509.NewCertPool()
	pool.AddCert(ca.root)

	plain := startTLS(t, &tls.Config{Certificates: []tls.Certificate{good}})
	mutual := startTLS(t, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})
	old := startTLS(t, &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12})
	late := startTLS(t, &tls.Config{Certificates: []tls.Certificate{expired}})
	wrongUse := startTLS(t, &tls.Config{Certificates: []tls.Certificate{clientOnly}})

	ok := func(address, path string, more ...string) []string {
		return append([]string{"https", "--address", address, "--server-name", "openclaw", "--ca", ca.file("roots.pem"), "--path", path}, more...)
	}
	client := []string{"--cert", ca.file("client.crt"), "--key", ca.file("client.key")}
	tests := []struct {
		name string
		args []string
		want int
		says string
	}{
		{"ready", ok(plain, "/readyz", "--expect", `"ready":true`), 0, ""},
		{"ready without a text", ok(plain, "/readyz"), 0, ""},
		{"right identity", ok(plain, "/readyz", "--uri", identity), 0, ""},
		{"client certificate", ok(mutual, "/readyz", client...), 0, ""},
		{"other text", ok(plain, "/readyz", "--expect", `"ready":false`), 1, "does not contain"},
		{"status 503 with the right text", ok(plain, "/busy", "--expect", `"ready":true`), 1, "status 503"},
		{"redirect to the right text", ok(plain, "/moved", "--expect", `"ready":true`), 1, "status 302"},
		{"missing page", ok(plain, "/nothing"), 1, "status 404"},
		{"other identity", ok(plain, "/readyz", "--uri", identity+"2"), 1, "does not carry"},
		{"other server name", append(ok(plain, "/readyz"), "--server-name", "egress"), 1, "openclaw, not egress"},
		{"unknown authority", append(ok(plain, "/readyz"), "--ca", stranger.file("roots.pem")), 1, "unknown authority"},
		{"expired", ok(late, "/readyz"), 1, "expired"},
		{"a client's certificate", ok(wrongUse, "/readyz"), 1, "key usage"},
		{"TLS 1.2", ok(old, "/readyz"), 1, "protocol version"},
		{"no client certificate", ok(mutual, "/readyz"), 1, "certificate required"},
		{"too slow", ok(plain, "/slow", "--timeout", "100ms"), 1, "deadline exceeded"},
		{"roots file is a key", append(ok(plain, "/readyz"), "--ca", ca.file("client.key")), 1, "holds no certificate"},
		{"roots file missing", append(ok(plain, "/readyz"), "--ca", ca.file("none.pem")), 1, "no such file"},
		{"certificate without key", ok(plain, "/readyz", "--cert", ca.file("client.crt")), 2, "belong together"},
		{"no address", []string{"https", "--server-name", "a", "--ca", "b", "--path", "/"}, 2, "--address is required"},
		{"relative path", ok(plain, "readyz"), 2, "must start with a slash"},
		{"no time", ok(plain, "/readyz", "--timeout", "0s"), 2, "must be positive"},
		{"left-over argument", ok(plain, "/readyz", "more"), 2, "unexpected argument"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { expectExit(t, append([]string{"probe"}, test.args...), test.want, test.says) })
	}
}

func TestProbeUnix(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "admin.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("LIVE\n")) })}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })

	probe := func(more ...string) []string { return append([]string{"probe", "unix", "--path", "/ready"}, more...) }
	expectExit(t, probe("--socket", socket, "--expect", "LIVE"), 0, "")
	expectExit(t, probe("--socket", socket, "--expect", "PRE_INITIALIZING"), 1, "does not contain")
	expectExit(t, probe("--socket", socket+"2"), 1, "no such file")
	expectExit(t, probe(), 2, "--socket is required")
}

func TestProbeTCP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	expectExit(t, []string{"probe", "tcp", "--address", address}, 0, "")
	listener.Close()
	expectExit(t, []string{"probe", "tcp", "--address", address}, 1, "refused")
	expectExit(t, []string{"probe", "tcp"}, 2, "--address is required")
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"help"}, {"probe"}, {"probe", "udp"}, {"install"}, {"install", "--unknown"}, {"put", "--to", "/t"}, {"pause", "now"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) { expectExit(t, args, 2, "usage") })
	}
}

// expectExit also checks that a failure is told in one line and that nothing goes to standard output.
func expectExit(t *testing.T, args []string, want int, says string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, &stdout, &stderr); code != want {
		t.Fatalf("%v: exit %d, want %d: %s", args, code, want, stderr.String())
	}
	if !strings.Contains(stderr.String(), says) {
		t.Errorf("%v: %q does not say %q", args, stderr.String(), says)
	}
	if want == 1 && strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("%v: reason is not one line: %q", args, stderr.String())
	}
	if stdout.Len() > 0 {
		t.Errorf("%v: printed %q", args, stdout.String())
	}
}
