package main

import (
	"math/rand/v2"
	"net"
	"time"
)

// surrounding is what the program does not decide itself.
type surrounding struct {
	// now is the time of the wall clock, without a monotonic reading: a laptop that sleeps does not count the time for that.
	now func() time.Time
	// random is from 0 up to 1.
	random     func() float64
	interfaces func() ([]net.Interface, error)
	// look is how often the network namespace is looked at.
	look time.Duration
}

func surroundings() surrounding {
	return surrounding{
		now:        func() time.Time { return time.Now().Round(0) },
		random:     rand.Float64,
		interfaces: net.Interfaces,
		look:       longestPause,
	}
}
