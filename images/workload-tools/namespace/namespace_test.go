package namespace

import (
	"net"
	"testing"
)

func TestCutOff(t *testing.T) {
	loopback, link := net.Interface{Name: "lo", Flags: net.FlagLoopback | net.FlagUp}, net.Interface{Name: "eth0", Flags: net.FlagUp}
	tests := []struct {
		name       string
		interfaces []net.Interface
		want       bool
	}{
		{"a link", []net.Interface{loopback, link}, false},
		{"a link that is down", []net.Interface{loopback, {Name: "eth0"}}, false},
		{"a link alone", []net.Interface{link}, false},
		{"loopback alone", []net.Interface{loopback}, true},
		{"nothing", nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := CutOff(test.interfaces); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
