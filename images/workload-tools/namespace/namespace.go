// Package namespace looks at the network namespace a program runs in.
package namespace

import "net"

// CutOff says whether only loopback is left. A container that shares another one's network namespace is cut off when that
// one ends: the other comes back with a new namespace, and this one would wait in the old one for ever.
func CutOff(interfaces []net.Interface) bool {
	for _, one := range interfaces {
		if one.Flags&net.FlagLoopback == 0 {
			return false
		}
	}
	return true
}
