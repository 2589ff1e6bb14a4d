package main

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// errNoNetwork is told by a probe that found the container cut off, and ended it.
var errNoNetwork = errors.New("the network namespace has lost its links; everything in this container was ended")

// cutOff says whether only loopback is left. A container that shares another one's network namespace is cut off when that one
// ends: the other comes back with a new namespace, and this one would wait in the old one for ever.
func cutOff(interfaces []net.Interface) bool {
	for _, one := range interfaces {
		if one.Flags&net.FlagLoopback == 0 {
			return false
		}
	}
	return true
}

// endIfCutOff ends every program of the container, so that the engine starts it again, in the new namespace. Not by way of
// SIGTERM: a program that finishes its work first would wait for answers that cannot come.
func endIfCutOff(interfaces func() ([]net.Interface, error), endAll func() error) error {
	found, err := interfaces()
	if err != nil || !cutOff(found) {
		return err
	}
	if err := endAll(); err != nil {
		return err
	}
	return errNoNetwork
}

// killEverything reaches what this user may signal, but for process 1 and the caller.
func killEverything() error {
	if os.Getuid() == 0 {
		return errors.New("the network namespace has lost its links; root would end more than this container, so nothing was ended")
	}
	return syscall.Kill(-1, syscall.SIGKILL)
}
