package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func carryOut(t *testing.T, order Order) Answer {
	t.Helper()
	line, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(nil, bytes.NewReader(append(line, '\n')), &out); err != nil {
		t.Fatal(err)
	}
	var answer Answer
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func request(path string) []Piece {
	return []Piece{{Data: []byte("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")}}
}

func server(t *testing.T, configure func(*tls.Config)) *httptest.Server {
	t.Helper()
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "you asked for "+r.URL.Path)
	}))
	web.TLS = &tls.Config{}
	web.Config.ErrorLog = nil
	configure(web.TLS)
	web.StartTLS()
	t.Cleanup(web.Close)
	return web
}

func TestExchangesWithAServer(t *testing.T) {
	web := server(t, func(*tls.Config) {})
	answer := carryOut(t, Order{ID: "7", Dial: web.Listener.Addr().String(), TLS: &TLS{ServerName: "x"}, Send: request("/a")})
	if answer.ID != "7" || answer.Handshake != "ok" || !strings.Contains(string(answer.Received), "you asked for /a") {
		t.Fatalf("%+v %s", answer, answer.Received)
	}
	if answer.Ended != "quiet" || answer.Version != "TLS 1.3" {
		t.Fatalf("%+v", answer)
	}
}

func TestReportsWhatTheServerRefuses(t *testing.T) {
	web := server(t, func(config *tls.Config) {
		config.ClientAuth, config.MinVersion = tls.RequireAnyClientCert, tls.VersionTLS13
	})
	address := web.Listener.Addr().String()
	if answer := carryOut(t, Order{Dial: address, TLS: &TLS{}, Send: request("/")}); !strings.Contains(answer.Ended, "certificate required") {
		t.Errorf("without a certificate: %+v", answer)
	}
	if answer := carryOut(t, Order{Dial: address, TLS: &TLS{MaxVersion: "1.2"}}); !strings.Contains(answer.Handshake, "protocol version") {
		t.Errorf("with TLS 1.2: %+v", answer)
	}
}

func TestResumesOnlyWhereTheServerAllowsIt(t *testing.T) {
	open := server(t, func(*tls.Config) {})
	closed := server(t, func(config *tls.Config) { config.SessionTicketsDisabled = true })
	for address, want := range map[string]bool{open.Listener.Addr().String(): true, closed.Listener.Addr().String(): false} {
		answer := carryOut(t, Order{Dial: address, TLS: &TLS{ServerName: "x", Resume: true}, Send: request("/")})
		if answer.Resumed != want {
			t.Errorf("resumed: %v, want %v: %+v", answer.Resumed, want, answer)
		}
	}
}

func TestReportsAClosedPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	answer := carryOut(t, Order{Dial: listener.Addr().String()})
	if answer.Connected || !strings.Contains(answer.DialError, "refused") {
		t.Fatalf("%+v", answer)
	}
}

func TestFindsListeningSockets(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6"} {
		listener, err := net.Listen(network, "localhost:0")
		if err != nil {
			t.Logf("%s: %v", network, err)
			continue
		}
		defer listener.Close()
		answer := carryOut(t, Order{Listening: true})
		if !strings.Contains(strings.Join(answer.Addresses, " "), listener.Addr().String()) {
			t.Errorf("%s is not in %v", listener.Addr(), answer.Addresses)
		}
	}
}

func TestCopiesAFileWithoutTouchingItsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("a long content"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"put", path}, strings.NewReader("short"), io.Discard); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{"get", path}, nil, &out); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != "short" || info.Mode() != 0o640 {
		t.Fatalf("%q %v", out.String(), info.Mode())
	}
	if err := run([]string{"put", path + "-new"}, strings.NewReader("x"), io.Discard); err == nil {
		t.Fatal("a file that does not exist was made")
	}
}

func TestReadsAFileOfItsPosition(t *testing.T) {
	path := filepath.Join(t.TempDir(), "roots.pem")
	if answer := carryOut(t, Order{File: path}); answer.Error == "" {
		t.Fatalf("read what is not there: %+v", answer)
	}
	if err := os.WriteFile(path, []byte("roots"), 0o400); err != nil {
		t.Fatal(err)
	}
	if answer := carryOut(t, Order{File: path}); string(answer.Received) != "roots" || answer.Error != "" {
		t.Fatalf("%+v", answer)
	}
}
