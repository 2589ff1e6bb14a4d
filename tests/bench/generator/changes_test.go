package main

import (
	"net"
	"strings"
	"testing"
	"time"
)

// somewhere is an address where nobody listens yet.
func somewhere(t *testing.T) string {
	t.Helper()
	listener := listen(t, "127.0.0.1:0")
	defer listener.Close()
	return listener.Addr().String()
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func TestSeesWhenConnectionsAreLetThrough(t *testing.T) {
	address := somewhere(t)
	answer := begun(Order{Dial: address, Until: open, ForMs: 10_000})
	changed := time.Now().UnixMilli()
	listen(t, address)
	if got := <-answer; got.Error != "" || got.At < changed {
		t.Fatalf("changed at %d, seen %+v", changed, got)
	}
}

func TestSeesWhenConnectionsEnd(t *testing.T) {
	listener := listen(t, "127.0.0.1:0")
	answer := begun(Order{Dial: listener.Addr().String(), Until: closed, ForMs: 10_000})
	changed := time.Now().UnixMilli()
	listener.Close()
	if got := <-answer; got.Error != "" || got.At < changed {
		t.Fatalf("changed at %d, seen %+v", changed, got)
	}
}

// begun carries the order out, and has dialled for a while.
func begun(order Order) <-chan Answer {
	answer := make(chan Answer)
	go func() { answer <- carryOut(order) }()
	time.Sleep(100 * time.Millisecond)
	return answer
}

func TestAChangeThatDoesNotComeIsAnError(t *testing.T) {
	answer := carryOut(Order{Dial: somewhere(t), Until: open, ForMs: 50})
	if !strings.Contains(answer.Error, "not open within 50ms") {
		t.Errorf("%+v", answer)
	}
}

func TestWhatIsSoAlreadyIsNoChange(t *testing.T) {
	answer := carryOut(Order{Dial: somewhere(t), Until: closed, ForMs: 50})
	if !strings.Contains(answer.Error, "closed at first already") {
		t.Errorf("%+v", answer)
	}
}
