package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
)

func serverFor(t *testing.T, handler http.HandlerFunc) Order {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return Order{
		Dial:       strings.TrimPrefix(server.URL, "https://"),
		ServerName: "example.com",
		Roots:      string(roots),
		Host:       "somewhere.example",
		Path:       "/",
		Expect:     200,
		Workers:    2,
		WarmMs:     20,
		ForMs:      100,
	}
}

func TestCountsRequestsAndKeepsConnections(t *testing.T) {
	peers := make(chan string, 1<<16)
	order := serverFor(t, func(_ http.ResponseWriter, request *http.Request) {
		if request.Host == "somewhere.example" {
			peers <- request.RemoteAddr
		}
	})
	answer := carryOut(order)
	close(peers)
	seen := map[string]bool{}
	for peer := range peers {
		seen[peer] = true
	}
	if answer.Done == 0 || answer.Failed != 0 || answer.Error != "" {
		t.Fatalf("%+v", answer)
	}
	if answer.P50 <= 0 || answer.P99 < answer.P50 {
		t.Errorf("p50 %v, p99 %v", answer.P50, answer.P99)
	}
	if len(seen) == 0 || len(seen) > order.Workers {
		t.Errorf("%d connections for %d workers", len(seen), order.Workers)
	}
}

func TestMakesANewConnectionForEachRequest(t *testing.T) {
	peers := make(chan string, 1<<16)
	order := serverFor(t, func(_ http.ResponseWriter, request *http.Request) { peers <- request.RemoteAddr })
	order.NewConnections = true
	order.WarmMs = 0
	answer := carryOut(order)
	close(peers)
	seen := map[string]bool{}
	for peer := range peers {
		seen[peer] = true
	}
	if int64(len(seen)) != answer.Done || answer.Done == 0 {
		t.Errorf("%d connections for %d requests", len(seen), answer.Done)
	}
}

func TestAWrongStatusIsAFailureAlsoAtFirst(t *testing.T) {
	var asked atomic.Int64
	order := serverFor(t, func(writer http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			writer.WriteHeader(http.StatusTooManyRequests)
		}
	})
	answer := carryOut(order)
	if answer.Failed != 1 || answer.Failure != "status 429, expected 200" {
		t.Errorf("%+v", answer)
	}
}

func TestShowsOneAnswer(t *testing.T) {
	order := serverFor(t, func(writer http.ResponseWriter, request *http.Request) {
		http.SetCookie(writer, &http.Cookie{Name: "who", Value: request.Header.Get("x-who")})
		http.Redirect(writer, request, "/there", http.StatusFound)
	})
	order.Once = true
	order.Headers = map[string]string{"x-who": "bob"}
	answer := carryOut(order)
	if answer.Status != 302 || answer.Header.Get("Location") != "/there" || answer.Header.Get("Set-Cookie") != "who=bob" {
		t.Errorf("%+v", answer)
	}
}

func TestPingsAWebSocketThatSpeaks(t *testing.T) {
	order := serverFor(t, func(writer http.ResponseWriter, request *http.Request) {
		socket, err := websocket.Accept(writer, request, nil)
		if err != nil {
			return
		}
		defer socket.CloseNow()
		_ = socket.Write(request.Context(), websocket.MessageText, []byte("a challenge nobody takes up"))
		_, _, _ = socket.Read(request.Context())
	})
	order.WebSocket = true
	answer := carryOut(order)
	if answer.Done == 0 || answer.Failed != 0 || answer.Error != "" {
		t.Errorf("%+v", answer)
	}
}

func TestADroppedWebSocketIsAFailure(t *testing.T) {
	order := serverFor(t, func(writer http.ResponseWriter, request *http.Request) {
		socket, err := websocket.Accept(writer, request, nil)
		if err == nil {
			_ = socket.CloseNow()
		}
	})
	order.WebSocket = true
	answer := carryOut(order)
	if answer.Error == "" && answer.Failed == 0 {
		t.Errorf("%+v", answer)
	}
}

func TestDoesNotTrustAnybodyElse(t *testing.T) {
	order := serverFor(t, func(http.ResponseWriter, *http.Request) {})
	order.ServerName = "other.example"
	order.Once = true
	if answer := carryOut(order); !strings.Contains(answer.Error, "other.example") {
		t.Errorf("%+v", answer)
	}
}
