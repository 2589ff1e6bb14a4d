package main

import (
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestBelieved(t *testing.T) {
	with := func(pod *core.Pod, changes ...func(*core.Pod)) *core.Pod {
		for _, change := range changes {
			change(pod)
		}
		return pod
	}
	terminating := func(pod *core.Pod) { now := meta.Now(); pod.DeletionTimestamp = &now }
	phase := func(phase core.PodPhase) func(*core.Pod) { return func(pod *core.Pod) { pod.Status.Phase = phase } }
	label := func(name, value string) func(*core.Pod) { return func(pod *core.Pod) { pod.Labels[name] = value } }
	dual := func(addresses ...string) func(*core.Pod) {
		return func(pod *core.Pod) {
			for _, address := range addresses {
				pod.Status.PodIPs = append(pod.Status.PodIPs, core.PodIP{IP: address})
			}
		}
	}
	stranger := func(pod *core.Pod) { pod.Labels = map[string]string{"zero-trust-openclaw/workload": "agent"} }
	tests := []struct {
		name    string
		pods    []*core.Pod
		want    string
		ignored string
	}{
		{"none", nil, "", ""},
		{"two, sorted as numbers", []*core.Pod{guard("a", "10.0.0.10"), guard("b", "10.0.0.9")}, "10.0.0.9/32 10.0.0.10/32", ""},
		{"no address yet", []*core.Pod{guard("a", "10.0.0.1"), with(guard("b", ""), phase(core.PodPending))}, "10.0.0.1/32", ""},
		{"an address, and not running yet", []*core.Pod{with(guard("a", "10.0.0.1"), phase(core.PodPending))}, "10.0.0.1/32", ""},
		{"terminating", []*core.Pod{with(guard("a", "10.0.0.1"), terminating)}, "10.0.0.1/32", ""},
		{"succeeded", []*core.Pod{with(guard("a", "10.0.0.1"), phase(core.PodSucceeded))}, "", ""},
		{"failed while terminating", []*core.Pod{with(guard("a", "10.0.0.1"), terminating, phase(core.PodFailed))}, "", ""},
		{"IPv6", []*core.Pod{guard("a", "fd00::1"), guard("b", "10.0.0.1")}, "10.0.0.1/32 fd00::1/128", ""},
		{"both families", []*core.Pod{with(guard("a", "10.0.0.1"), dual("10.0.0.1", "fd00::1"))}, "10.0.0.1/32 fd00::1/128", ""},
		{"the same address twice", []*core.Pod{with(guard("a", "10.0.0.1"), terminating), guard("b", "10.0.0.1")}, "10.0.0.1/32", ""},
		{"quarantine", []*core.Pod{guard("a", "10.0.0.1"), with(guard("b", "10.0.0.2"), label(quarantineLabel, "true"))}, "10.0.0.1/32", "quarantine"},
		{"quarantine ended", []*core.Pod{with(guard("a", "10.0.0.1"), label(quarantineLabel, "false"))}, "10.0.0.1/32", ""},
		{"host network", []*core.Pod{with(guard("a", "172.16.0.1"), func(pod *core.Pod) { pod.Spec.HostNetwork = true })}, "", "hostNetwork"},
		{"the node's address", []*core.Pod{guard("a", "172.16.0.1")}, "", "its node's"},
		{"the node's other address", []*core.Pod{with(guard("a", "fd00::1"), func(pod *core.Pod) { pod.Status.HostIPs = []core.HostIP{{IP: "fd00::1"}} })}, "", "its node's"},
		{"loopback", []*core.Pod{guard("a", "127.0.0.1")}, "", "cannot be a pod's"},
		{"every address", []*core.Pod{guard("a", "0.0.0.0")}, "", "cannot be a pod's"},
		{"a network", []*core.Pod{guard("a", "10.0.0.0/8")}, "", "cannot be a pod's"},
		{"two lines", []*core.Pod{guard("a", "10.0.0.1\n0.0.0.0/0")}, "", "cannot be a pod's"},
		{"mapped", []*core.Pod{guard("a", "::ffff:10.0.0.1")}, "", "cannot be a pod's"},
		{"one bad address of two", []*core.Pod{with(guard("a", "10.0.0.1"), dual("10.0.0.1", "::1"))}, "", "cannot be a pod's"},
		{"another workload", []*core.Pod{with(guard("a", "10.0.0.1"), stranger)}, "", ""},
		{"another namespace", []*core.Pod{with(guard("a", "10.0.0.1"), func(pod *core.Pod) { pod.Namespace = agents })}, "", ""},
		{"an address that somebody else has now", []*core.Pod{with(guard("a", "10.0.0.1"), phase(core.PodFailed)), with(guard("b", "10.0.0.1"), stranger)}, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, others := believed(guardWatch(), test.pods)
			if got := strings.Join(list, " "); got != test.want {
				t.Errorf("believed %q, want %q", got, test.want)
			}
			if (len(others) > 0) != (test.ignored != "") || len(others) > 0 && !strings.Contains(others[0].reason, test.ignored) {
				t.Errorf("ignored %+v, want %q", others, test.ignored)
			}
		})
	}
}

func TestLogShowsNetworksOnly(t *testing.T) {
	if got := networks("10.0.0.1/32\ntop-secret\n"); !slices.Equal(got, []string{"10.0.0.1/32", "(not a network)"}) {
		t.Errorf("shows %q", got)
	}
}
