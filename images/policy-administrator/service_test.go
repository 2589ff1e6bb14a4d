package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	processing "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// patience is for a loaded machine.
const patience = 30 * time.Second

// startHere runs the service in this process until the test ends.
func startHere(t *testing.T) config {
	t.Helper()
	c := testConfig(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, c, nil, io.Discard) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	waitReady(t, c)
	return c
}

func waitReady(t *testing.T, c config) {
	t.Helper()
	for started := time.Now(); time.Since(started) < patience; time.Sleep(10 * time.Millisecond) {
		if raw, err := call(c.Socket, http.MethodGet, "/healthz", nil); err == nil {
			if strings.TrimSpace(string(raw)) != `{"ready":true}` {
				t.Fatalf("healthz says %s", raw)
			}
			return
		}
	}
	t.Fatal("the service does not get ready")
}

func connect(t *testing.T, c config) *grpc.ClientConn {
	t.Helper()
	connection, err := grpc.NewClient(c.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

func stream(t *testing.T, c config) processing.ExternalProcessor_ProcessClient {
	t.Helper()
	opened, err := processing.NewExternalProcessorClient(connect(t, c)).Process(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func requestOf(t *testing.T, claims map[string]any, roles string) *processing.ProcessingRequest {
	t.Helper()
	value := func(fields map[string]any) *structpb.Struct {
		made, err := structpb.NewStruct(fields)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	return &processing.ProcessingRequest{
		Request:         &processing.ProcessingRequest_RequestHeaders{RequestHeaders: &processing.HttpHeaders{}},
		MetadataContext: &core.Metadata{FilterMetadata: map[string]*structpb.Struct{claimsFilter: value(map[string]any{claimsKey: claims})}},
		Attributes:      map[string]*structpb.Struct{attributesFilter: value(map[string]any{rolesAttribute: roles})},
	}
}

// answerTo sends one request and returns the HTTP status it was refused with, 0 if it goes on.
func answerTo(t *testing.T, opened processing.ExternalProcessor_ProcessClient, request *processing.ProcessingRequest) int {
	t.Helper()
	if err := opened.Send(request); err != nil {
		t.Fatal(err)
	}
	response, err := opened.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return int(response.GetImmediateResponse().GetStatus().GetCode())
}

func TestStreams(t *testing.T) {
	c := startHere(t)
	who := map[string]any{"sub": "1", "email": "alice@example.com", "sid": "S1"}
	open := stream(t, c)
	if code := answerTo(t, open, requestOf(t, who, "admin operator ")); code != 0 {
		t.Fatalf("refused with %d", code)
	}
	for name, refused := range map[string]*processing.ProcessingRequest{
		"no claims":   {Request: requestOf(t, nil, "").Request},
		"nobody":      requestOf(t, map[string]any{"iss": "x"}, "admin"),
		"not text":    requestOf(t, map[string]any{"sub": 1}, "admin"),
		"no role":     requestOf(t, who, " "),
		"other roles": {Request: requestOf(t, nil, "").Request, MetadataContext: requestOf(t, who, "").MetadataContext},
	} {
		if code := answerTo(t, stream(t, c), refused); code != 403 {
			t.Errorf("%s: %d, want 403", name, code)
		}
	}
	body := stream(t, c)
	body.Send(&processing.ProcessingRequest{Request: &processing.ProcessingRequest_RequestBody{RequestBody: &processing.HttpBody{}}})
	if _, err := body.Recv(); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a stream that begins with a body: %v", err)
	}

	expectSays(t, c, `"roles": [ "admin", "operator" ]`, "list")
	expectSays(t, c, "user alice@example.com is revoked; sockets ended: 1", "revoke", "--user", "alice@example.com")
	if _, err := open.Recv(); status.Code(err) != codes.PermissionDenied {
		t.Errorf("the cut stream ended with %v", err)
	}
	expectSays(t, c, `"sockets": []`, "list")
	if code := answerTo(t, stream(t, c), requestOf(t, who, "admin")); code != 403 {
		t.Errorf("revoked: %d, want 403", code)
	}
	expectSays(t, c, "user alice@example.com was revoked already; sockets ended: 0", "revoke", "--user", "alice@example.com")
	expectSays(t, c, "user alice@example.com is restored", "restore", "--user", "alice@example.com")
	expectSays(t, c, "user alice@example.com was not revoked", "restore", "--user", "alice@example.com")
	expectSays(t, c, "user client:robot is revoked", "revoke", "--user", "client:robot")

	gone := stream(t, c)
	if code := answerTo(t, gone, requestOf(t, who, "admin")); code != 0 {
		t.Fatalf("restored: %d", code)
	}
	gone.CloseSend()
	for started := time.Now(); strings.Contains(said(t, c, "list"), "alice"); time.Sleep(10 * time.Millisecond) {
		if time.Since(started) > patience {
			t.Fatal("a closed socket is still listed")
		}
	}
}

// A closed WebSocket resets its stream: the receiver and the one who waits learn of it at the same time, in either order.
func TestSocketsThatVanishAreForgotten(t *testing.T) {
	c := startHere(t)
	who := requestOf(t, map[string]any{"sub": "1", "email": "alice@example.com"}, "admin")
	connection, err := grpc.NewClient(c.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	for range 50 {
		ctx, vanish := context.WithCancel(t.Context())
		opened, err := processing.NewExternalProcessorClient(connection).Process(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if code := answerTo(t, opened, who); code != 0 {
			t.Fatalf("refused with %d", code)
		}
		vanish()
	}
	for started := time.Now(); !strings.Contains(said(t, c, "list"), `"sockets": []`); time.Sleep(10 * time.Millisecond) {
		if time.Since(started) > patience {
			t.Fatalf("still listed: %d", strings.Count(said(t, c, "list"), "alice"))
		}
	}
}

func said(t *testing.T, c config, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(append(args, "--socket", c.Socket), &stdout, &stderr); code != 0 {
		t.Fatalf("%v: exit %d: %s", args, code, &stderr)
	}
	return strings.Join(strings.Fields(stdout.String()), " ")
}

func expectSays(t *testing.T, c config, want string, args ...string) {
	t.Helper()
	if got := said(t, c, args...); !strings.Contains(got, want) {
		t.Errorf("%v says %q, want %q", args, got, want)
	}
}

func TestSignOutPage(t *testing.T) {
	c := startHere(t)
	long := strings.Repeat("x", maxValue+1)
	tests := []struct {
		name, method, path string
		headers            []string
		want               int
	}{
		{"session", "GET", "/sign-out", []string{"x-zt-subject: 1", "x-zt-session: S1"}, 302},
		{"post", "POST", "/sign-out", []string{"x-zt-subject: 1", "x-zt-session: S1"}, 302},
		{"no session", "GET", "/sign-out", []string{"x-zt-subject: 1", "x-zt-session:"}, 302},
		{"no subject", "GET", "/sign-out", []string{"x-zt-session: S1"}, 400},
		{"empty subject", "GET", "/sign-out", []string{"x-zt-subject:", "x-zt-session: S1"}, 400},
		{"two subjects", "GET", "/sign-out", []string{"x-zt-subject: 1", "x-zt-subject: 2"}, 400},
		{"two sessions", "GET", "/sign-out", []string{"x-zt-subject: 1", "x-zt-session: S1", "x-zt-session: S2"}, 400},
		{"long subject", "GET", "/sign-out", []string{"x-zt-subject: " + long}, 400},
		{"long session", "GET", "/sign-out", []string{"x-zt-subject: 1", "x-zt-session: " + long}, 400},
		{"large headers", "GET", "/sign-out", []string{"x-zt-subject: 1", "x: " + strings.Repeat("x", 2*maxHeaderBytes)}, 431},
		{"delete", "DELETE", "/sign-out", []string{"x-zt-subject: 1"}, 404},
		{"below", "GET", "/sign-out/x", []string{"x-zt-subject: 1"}, 404},
		{"list", "GET", "/list", []string{"x-zt-subject: 1"}, 404},
		{"revoke", "POST", "/revoke", []string{"x-zt-subject: 1"}, 404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			connection, err := net.Dial("tcp", c.HTTP)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(patience))
			lines := append([]string{test.method + " " + test.path + " HTTP/1.1", "host: guard", "connection: close"}, test.headers...)
			go io.WriteString(connection, strings.Join(lines, "\r\n")+"\r\n\r\n")
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != test.want {
				t.Errorf("%d, want %d", response.StatusCode, test.want)
			}
			if test.want == 302 && (response.Header.Get("location") != c.SignedOut || response.Header.Get("cache-control") != "no-store") {
				t.Errorf("headers %v", response.Header)
			}
		})
	}
	var listed listing
	if err := json.Unmarshal([]byte(said(t, c, "list")), &listed); err != nil || len(listed.Revocations) != 1 {
		t.Fatalf("list: %+v %v", listed, err)
	}
	entry := listed.Revocations[0]
	if life := time.Until(*entry.Until); entry.selector != (selector{bySession, "S1"}) || life < 7*time.Hour || life > 8*time.Hour {
		t.Errorf("the session is kept as %+v for %s", entry.selector, life)
	}
}

func TestControlSocket(t *testing.T) {
	c := startHere(t)
	info, err := os.Stat(c.Socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v, want 0600", info.Mode(), err)
	}
	for body, says := range map[string]string{
		"":                               "not a JSON object",
		`{"user":7}`:                     "not a JSON object",
		`{}`:                             "exactly one",
		`{"user":"a@b","subject":"c"}`:   "exactly one",
		`{"group":"a"}`:                  `unknown selector "group"`,
		`{"user":"a@b\n"}`:               "control or invisible",
		strings.Repeat(" ", 2*maxBody):   "too large",
		`{"subject":"a"}{"subject":"b"}`: "something follows",
	} {
		for _, path := range []string{"/revoke", "/restore"} {
			if _, err := call(c.Socket, http.MethodPost, path, []byte(body)); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s %.40q: %v, want %q", path, body, err, says)
			}
		}
	}
	expectSays(t, c, `{ "revocations": [], "sockets": [] }`, "list")
	expectExit(t, []string{"serve", "--config", writeConfig(t, c)}, 1, "in use by another")
	expectExit(t, []string{"list", "--socket", c.Socket + "2"}, 1, "no such file")
}

func TestProcessEndsAtOnceAndRemembers(t *testing.T) {
	c := testConfig(t)
	for round, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGINT} {
		service := child("serve", "--config", writeConfig(t, c))
		if err := service.Start(); err != nil {
			t.Fatal(err)
		}
		defer service.Process.Kill()
		waitReady(t, c)
		if round == 0 {
			expectSays(t, c, "subject 1 is revoked", "revoke", "--subject", "1")
		}
		expectSays(t, c, `"value": "1"`, "list")
		held := stream(t, c)
		if code := answerTo(t, held, requestOf(t, map[string]any{"sub": "2"}, "viewer")); code != 0 {
			t.Fatalf("refused with %d", code)
		}
		service.Process.Signal(signal)
		ended := make(chan error, 1)
		go func() { ended <- service.Wait() }()
		select {
		case err := <-ended:
			if signal != syscall.SIGKILL && err != nil {
				t.Errorf("%s: %v, want exit 0", signal, err)
			}
		case <-time.After(patience):
			t.Fatalf("%s: still running", signal)
		}
		if _, err := held.Recv(); err == nil {
			t.Errorf("%s: the stream goes on", signal)
		}
	}
}
