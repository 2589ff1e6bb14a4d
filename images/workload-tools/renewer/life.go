package main

import (
	"crypto/x509"
	"time"
)

const (
	renewNumerator, renewDenominator = 2, 3
	// The jitter, and how long at most between two looks at the clock, as parts of a life.
	jitterPart = 20
	pausePart  = 20

	// Go's timers do not count the time a laptop sleeps, so the clock is looked at often.
	longestPause = 5 * time.Second
	// Shorter lives must not make it busy.
	shortestLife = time.Second
)

// life is from the issue to the end; certificates begin some time before their issue.
type life struct{ issued, ends time.Time }

func lifeOf(certificate *x509.Certificate, backdate time.Duration) life {
	return life{issued: certificate.NotBefore.Add(backdate), ends: certificate.NotAfter}
}

func (l life) length() time.Duration { return l.ends.Sub(l.issued) }

func (l life) remaining(now time.Time) time.Duration { return l.ends.Sub(now) }

// ratio is 1 at the issue, 0 at the end and negative after it.
func (l life) ratio(now time.Time) float64 {
	return l.remaining(now).Seconds() / max(l.length(), shortestLife).Seconds()
}

// renewAt is at two thirds, or up to a twentieth of the life earlier, so that workloads started together do not all ask at
// once. The random number is from 0 up to 1.
func (l life) renewAt(random float64) time.Time {
	length := max(l.length(), shortestLife)
	jitter := time.Duration(random * float64(length/jitterPart))
	return l.issued.Add(length*renewNumerator/renewDenominator - jitter)
}

func (l life) pause() time.Duration {
	return min(longestPause, max(l.length(), shortestLife)/pausePart)
}
