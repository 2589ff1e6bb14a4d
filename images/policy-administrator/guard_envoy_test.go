//go:build envoy

// These tests need a real Envoy: ENVOY=<program> go test -tags envoy .
package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// soon is what the requirements ask for.
const soon = time.Second

// guard is an Envoy with the filters of testdata/guard.yaml, an echo behind it, and the administrator as a process.
type guard struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	address string
	config  config
	service *exec.Cmd
	log     *bytes.Buffer
}

func newGuard(t *testing.T, grants map[string]time.Time) *guard {
	t.Helper()
	program := os.Getenv("ENVOY")
	if program == "" {
		t.Fatal("ENVOY must name an Envoy program")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	g := &guard{t: t, key: key, address: freeAddress(t), config: testConfig(t)}
	g.config.Grants = grants

	echo := httptest.NewServer(http.HandlerFunc(echoes))
	t.Cleanup(echo.Close)
	template, err := os.ReadFile("testdata/guard.yaml")
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer(
		"GUARD_PORT", port(g.address), "GRPC_PORT", port(g.config.GRPC), "HTTP_PORT", port(g.config.HTTP),
		"OPENCLAW_PORT", port(echo.Listener.Addr().String()), "KEY_SET", keySet(t, key),
	).Replace(string(template))
	file := filepath.Join(t.TempDir(), "guard.yaml")
	if err := os.WriteFile(file, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	envoy := exec.Command(program, "-c", file, "--use-dynamic-base-id", "--concurrency", "2", "--log-level", "warning")
	said := &bytes.Buffer{}
	envoy.Stderr = said
	if err := envoy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		envoy.Process.Kill()
		envoy.Wait()
		if t.Failed() {
			t.Logf("Envoy: %s", said)
		}
	})
	return g
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// echoes answers a request, and gives back every byte of an upgraded connection.
func echoes(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("upgrade") == "" {
		io.WriteString(w, "here")
		return
	}
	connection, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n")
	io.Copy(connection, buffered)
}

// startService runs the administrator as a process of its own, so that it can be killed.
func (g *guard) startService() {
	g.t.Helper()
	g.log = &bytes.Buffer{}
	g.service = child("serve", "--config", writeConfig(g.t, g.config))
	g.service.Stdout, g.service.Stderr = g.log, g.log
	if err := g.service.Start(); err != nil {
		g.t.Fatal(err)
	}
	service := g.service
	g.t.Cleanup(func() {
		service.Process.Kill()
		service.Wait()
		if g.t.Failed() {
			g.t.Logf("administrator: %s", g.log)
		}
	})
}

func (g *guard) killService() {
	g.service.Process.Kill()
	g.service.Wait()
}

func (g *guard) command(args ...string) string {
	g.t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(append(args, "--socket", g.config.Socket), &stdout, &stderr); code != 0 {
		g.t.Fatalf("%v: exit %d: %s", args, code, &stderr)
	}
	return stdout.String()
}

// get returns the status, or 0 when nothing answers.
func (g *guard) get(path, token string, headers ...string) int {
	request, err := http.NewRequest(http.MethodGet, "http://"+g.address+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	request.Header.Set("authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{
		Timeout:       5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true},
	}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func (g *guard) expectSoon(limit time.Duration, what, token string, want int) {
	g.t.Helper()
	started := time.Now()
	last := 0
	for time.Since(started) < limit {
		if last = g.get("/", token); last == want {
			g.t.Logf("%s: %d after %s", what, want, time.Since(started).Round(time.Microsecond))
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	g.t.Fatalf("%s: %d within %s, want %d", what, last, limit, want)
}

// webSocket is an upgraded connection. Envoy does not look into frames, so plain bytes will do.
type webSocket struct {
	t          *testing.T
	connection net.Conn
	reader     *bufio.Reader
	status     int
}

func (g *guard) upgrade(token string) *webSocket {
	g.t.Helper()
	connection, err := net.Dial("tcp", g.address)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { connection.Close() })
	fmt.Fprintf(connection, "GET /chat HTTP/1.1\r\nhost: guard\r\nauthorization: Bearer %s\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"+
		"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", token)
	connection.SetDeadline(time.Now().Add(patience))
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	return &webSocket{g.t, connection, reader, response.StatusCode}
}

func (g *guard) open(token string) *webSocket {
	g.t.Helper()
	socket := g.upgrade(token)
	if socket.status != http.StatusSwitchingProtocols {
		g.t.Fatalf("the WebSocket was answered with %d", socket.status)
	}
	socket.expectOpen("a new WebSocket")
	return socket
}

func (s *webSocket) expectOpen(what string) {
	s.t.Helper()
	s.connection.SetDeadline(time.Now().Add(patience))
	answer := make([]byte, 4)
	if _, err := io.WriteString(s.connection, "ping"); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
	if _, err := io.ReadFull(s.reader, answer); err != nil || string(answer) != "ping" {
		s.t.Fatalf("%s: %q %v", what, answer, err)
	}
}

func (s *webSocket) expectCut(what string, limit time.Duration) {
	s.t.Helper()
	started := time.Now()
	s.connection.SetDeadline(started.Add(limit))
	_, err := s.reader.ReadByte()
	var timeout net.Error
	if err == nil || asTimeout(err, &timeout) {
		s.t.Fatalf("%s: still open after %s", what, limit)
	}
	s.t.Logf("%s: cut after %s", what, time.Since(started).Round(time.Microsecond))
}

func asTimeout(err error, into *net.Error) bool {
	found, ok := err.(net.Error)
	*into = found
	return ok && found.Timeout()
}

func (g *guard) token(claims map[string]any) string {
	g.t.Helper()
	all := map[string]any{
		"iss": "https://login.example.com", "aud": "openclaw", "exp": time.Now().Add(time.Hour).Unix(), "groups": []string{},
	}
	for name, value := range claims {
		all[name] = value
	}
	header := encoded(g.t, map[string]any{"alg": "ES256", "kid": "k"})
	signed := header + "." + encoded(g.t, all)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, g.key, digest[:])
	if err != nil {
		g.t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func keySet(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	half := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k","alg":"ES256","x":%q,"y":%q}]}`, half(point[1:33]), half(point[33:]))
}

func (g *guard) alice() string {
	return g.token(map[string]any{"sub": "1", "email": "Alice@example.com", "sid": "S1"})
}

func (g *guard) bob(session string) string {
	return g.token(map[string]any{"sub": "2", "email": "bob@example.com", "sid": session})
}

func TestRevokedUserIsOut(t *testing.T) {
	g := newGuard(t, nil)
	g.startService()
	alice, bob := g.alice(), g.bob("S2")
	g.expectSoon(patience, "first request", alice, 200)
	hers, his := g.open(alice), g.open(bob)

	if said := g.command("list"); !strings.Contains(said, `"user": "Alice@example.com"`) || !strings.Contains(said, `"viewer"`) {
		t.Errorf("list says %s", said)
	}
	said := g.command("revoke", "--user", "alice@EXAMPLE.com")
	if !strings.Contains(said, "sockets ended: 1") {
		t.Errorf("revoke says %s", said)
	}
	hers.expectCut("revoked user's WebSocket", soon)
	g.expectSoon(soon, "revoked user's request", alice, 403)
	if status := g.upgrade(alice).status; status != 403 {
		t.Errorf("revoked user's new WebSocket: %d, want 403", status)
	}
	his.expectOpen("the other user's WebSocket")
	if status := g.get("/", bob); status != 200 {
		t.Errorf("the other user's request: %d, want 200", status)
	}

	g.command("restore", "--user", "alice@example.com")
	g.expectSoon(soon, "restored user's request", alice, 200)
	g.open(alice)
}

func TestEverySelectorDenies(t *testing.T) {
	g := newGuard(t, nil)
	g.startService()
	bob := g.bob("S2")
	g.expectSoon(patience, "first request", bob, 200)
	for _, test := range []struct {
		selector []string
		token    string
	}{
		{[]string{"--subject", "7"}, g.token(map[string]any{"sub": "7"})},
		{[]string{"--session", "S9"}, g.token(map[string]any{"sub": "8", "sid": "S9"})},
		{[]string{"--user", "client:robot"}, g.token(map[string]any{"sub": "9", "azp": "robot"})},
		{[]string{"--user", "client:drone"}, g.token(map[string]any{"sub": "9", "client_id": "drone"})},
		{[]string{"--user", "JÖRG@example.com"}, g.token(map[string]any{"sub": "10", "email": "jörg@example.com"})},
	} {
		g.expectSoon(soon, test.selector[1]+" before", test.token, 200)
		socket := g.open(test.token)
		g.command(append([]string{"revoke"}, test.selector...)...)
		socket.expectCut(test.selector[1], soon)
		g.expectSoon(soon, test.selector[1]+" after", test.token, 403)
	}
	if status := g.get("/", bob); status != 200 {
		t.Errorf("somebody else's request: %d, want 200", status)
	}
}

func TestSignOutEndsOneSession(t *testing.T) {
	g := newGuard(t, nil)
	g.startService()
	one, two := g.bob("S1"), g.bob("S2")
	g.expectSoon(patience, "first request", one, 200)
	first, second := g.open(one), g.open(two)

	// What the client says about itself must not count.
	if status := g.get("/sign-out", one, sessionHeader, "S2", subjectHeader, "1"); status != 302 {
		t.Fatalf("sign-out: %d, want 302", status)
	}
	first.expectCut("signed out session's WebSocket", soon)
	g.expectSoon(soon, "signed out session's request", one, 403)
	second.expectOpen("the other session's WebSocket")
	if status := g.get("/", two); status != 200 {
		t.Errorf("the other session's request: %d, want 200", status)
	}

	// A token without a session: its sockets end, and nothing is denied.
	plain := g.token(map[string]any{"sub": "3"})
	third := g.open(plain)
	if status := g.get("/sign-out", plain, sessionHeader, "S2"); status != 302 {
		t.Fatalf("sign-out without a session: %d, want 302", status)
	}
	third.expectCut("WebSocket without a session", soon)
	second.expectOpen("the session that the client named")
	if status := g.get("/", plain); status != 200 {
		t.Errorf("request without a session: %d, want 200", status)
	}
}

func TestKilledServiceFailsClosed(t *testing.T) {
	g := newGuard(t, nil)
	alice, bob := g.alice(), g.bob("S2")
	// Envoy waits for its first list: until then it does not even listen.
	time.Sleep(3 * time.Second)
	if status := g.get("/", bob); status != 0 {
		t.Fatalf("without the service at start: %d, want no answer", status)
	}
	g.startService()
	g.expectSoon(patience, "request after the service's start", bob, 200)
	g.command("revoke", "--subject", "1")
	g.expectSoon(soon, "revoked user's request", alice, 403)
	socket := g.open(bob)

	g.killService()
	socket.expectCut("WebSocket after kill -9", soon)
	if status := g.upgrade(bob).status; status != 503 {
		t.Errorf("new WebSocket without the service: %d, want 503", status)
	}
	for _, test := range []struct {
		token string
		want  int
	}{{bob, 200}, {alice, 403}} {
		if status := g.get("/", test.token); status != test.want {
			t.Errorf("request without the service: %d, want %d", status, test.want)
		}
	}

	time.Sleep(3 * time.Second)
	g.startService()
	started := time.Now()
	for g.upgrade(bob).status != http.StatusSwitchingProtocols {
		if time.Since(started) > patience {
			t.Fatal("no WebSocket after the restart")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if said := g.command("list"); !strings.Contains(said, `"value": "1"`) {
		t.Errorf("the list after the restart: %s", said)
	}
	if status := g.get("/", alice); status != 403 {
		t.Errorf("revoked user after the restart: %d, want 403", status)
	}
	// Envoy asks again within half a second; from then on it hears of changes at once.
	time.Sleep(soon)
	g.command("revoke", "--subject", "2")
	g.expectSoon(soon, "revoked after the restart", bob, 403)
}

func TestGrantEnds(t *testing.T) {
	end := time.Now().Add(4 * time.Second)
	g := newGuard(t, map[string]time.Time{"operator": end})
	g.startService()
	operator := g.token(map[string]any{"sub": "1", "groups": []string{"ops"}})
	viewer := g.token(map[string]any{"sub": "2"})
	g.expectSoon(patience, "first request", operator, 200)
	timed, plain := g.open(operator), g.open(viewer)
	timed.expectCut("WebSocket of an ended grant", time.Until(end)+soon)
	if time.Now().Before(end) {
		t.Error("cut before the grant ended")
	}
	if status := g.upgrade(operator).status; status != 403 {
		t.Errorf("a new WebSocket after the grant: %d, want 403", status)
	}
	plain.expectOpen("another role's WebSocket")
}

func TestLogHoldsNoToken(t *testing.T) {
	g := newGuard(t, nil)
	g.startService()
	odd := g.token(map[string]any{"sub": "a\n{\"event\":\"restored\"}\u0085\u2028", "email": "x\"y\r\n@example.com"})
	g.expectSoon(patience, "first request", odd, 200)
	socket := g.open(odd)
	g.command("revoke", "--user", "nobody@example.com")
	socket.expectOpen("WebSocket of somebody else")
	g.service.Process.Signal(os.Interrupt)
	g.service.Wait()
	said := g.log.String()
	for _, secret := range append(strings.Split(odd, "."), "authorization", "Bearer") {
		if strings.Contains(said, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	lines := strings.FieldsFunc(strings.TrimSpace(said), func(r rune) bool { return strings.ContainsRune("\r\n\u0085\u2028\u2029", r) })
	for _, line := range lines {
		var entry event
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Log != "policy-administrator" || entry.Time == "" {
			t.Errorf("not an event: %s", strconv.Quote(line))
		}
	}
	if len(lines) != 2 {
		t.Errorf("%d lines, want opened and revoked: %s", len(lines), said)
	}
}
