package main

import (
	"errors"
	"net"
	"testing"
)

func TestEndIfCutOff(t *testing.T) {
	loopback, link := net.Interface{Name: "lo", Flags: net.FlagLoopback | net.FlagUp}, net.Interface{Name: "eth0", Flags: net.FlagUp}
	down := net.Interface{Name: "eth0"}
	unreadable, refused := errors.New("unreadable"), errors.New("refused")
	tests := []struct {
		name       string
		interfaces []net.Interface
		failure    error
		refusal    error
		ends       bool
		want       error
	}{
		{"a link", []net.Interface{loopback, link}, nil, nil, false, nil},
		{"a link that is down", []net.Interface{loopback, down}, nil, nil, false, nil},
		{"loopback alone", []net.Interface{loopback}, nil, nil, true, errNoNetwork},
		{"nothing", nil, nil, nil, true, errNoNetwork},
		{"unknown", nil, unreadable, nil, false, unreadable},
		{"cannot be ended", []net.Interface{loopback}, nil, refused, true, refused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ended := false
			err := endIfCutOff(
				func() ([]net.Interface, error) { return test.interfaces, test.failure },
				func() error { ended = true; return test.refusal },
			)
			if ended != test.ends || !errors.Is(err, test.want) {
				t.Errorf("ended %v, want %v; error %v, want %v", ended, test.ends, err, test.want)
			}
		})
	}
}
