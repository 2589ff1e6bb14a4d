package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

const (
	quarantineLabel = "zero-trust-openclaw/quarantine"
	// The key of the Secret.
	addressesKey = "addresses"
)

// ignored is a pod that is selected and not believed.
type ignored struct {
	pod    types.UID
	name   string
	reason string
}

// believed returns the addresses of the pods that count, each as a network of one address. A pod that is being deleted
// counts until it is over: it still finishes what it was asked.
func believed(w watch, pods []*core.Pod) ([]string, []ignored) {
	var addresses []netip.Addr
	var others []ignored
	for _, pod := range pods {
		// What comes is selected already; whom to believe is not left to that alone.
		if pod.Namespace != w.Namespace || !w.chosen.Matches(labels.Set(pod.Labels)) || over(pod) {
			continue
		}
		own, reason := addressesOf(pod)
		if reason != "" {
			others = append(others, ignored{pod.UID, pod.Name, reason})
			continue
		}
		addresses = append(addresses, own...)
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	list := []string{}
	for _, address := range slices.Compact(addresses) {
		list = append(list, netip.PrefixFrom(address, address.BitLen()).String())
	}
	return list, others
}

// over says that the pod's address is free for another one.
func over(pod *core.Pod) bool {
	return pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
}

// addressesOf returns no address and no reason for a pod that has none yet.
func addressesOf(pod *core.Pod) ([]netip.Addr, string) {
	if pod.Labels[quarantineLabel] == "true" {
		return nil, "it is in quarantine"
	}
	if pod.Spec.HostNetwork {
		return nil, "it is in its node's network, and a node's address is never believed; remove hostNetwork from its spec"
	}
	texts := []string{pod.Status.PodIP}
	for _, ip := range pod.Status.PodIPs {
		texts = append(texts, ip.IP)
	}
	nodes := []string{pod.Status.HostIP}
	for _, ip := range pod.Status.HostIPs {
		nodes = append(nodes, ip.IP)
	}
	var addresses []netip.Addr
	for _, text := range texts {
		if text == "" {
			continue
		}
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" || address.Is4In6() || !address.IsGlobalUnicast() {
			return nil, fmt.Sprintf("its address %.64q cannot be a pod's", text)
		}
		if slices.Contains(nodes, text) {
			return nil, "its address " + text + " is its node's, and that is never believed"
		}
		addresses = append(addresses, address)
	}
	return addresses, ""
}

// content is what the Secret holds: one network per line.
func content(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, "\n") + "\n"
}

// networks reads what the Secret holds for the log, which shows nothing that is not a network.
func networks(content string) []string {
	list := []string{}
	for line := range strings.Lines(content) {
		if prefix, err := netip.ParsePrefix(strings.TrimSpace(line)); err == nil {
			list = append(list, prefix.String())
		} else {
			list = append(list, "(not a network)")
		}
	}
	return list
}
