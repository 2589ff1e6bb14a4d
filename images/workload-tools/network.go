package main

import (
	"errors"
	"net"
	"os"
	"syscall"

	"zero-trust-openclaw/images/workload-tools/namespace"
)

// errNoNetwork is told by a probe that found the container cut off, and ended it.
var errNoNetwork = errors.New("the network namespace has lost its links; everything in this container was ended")

// endIfCutOff ends every program of the container, so that the engine starts it again, in the new namespace. Not by way of
// SIGTERM: a program that finishes its work first would wait for answers that cannot come.
func endIfCutOff(interfaces func() ([]net.Interface, error), endAll func() error) error {
	found, err := interfaces()
	if err != nil || !namespace.CutOff(found) {
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
