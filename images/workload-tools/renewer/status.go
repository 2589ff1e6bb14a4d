package main

import (
	"math"
	"time"
)

// status is what is told of the leaf.
type status struct {
	Identity string `json:"identity"`
	*leafStatus
	Renewals int `json:"renewals"`
	Failures int `json:"failures"`
	// LastFailure is there until a renewal succeeds.
	LastFailure string `json:"lastFailure,omitempty"`
	// Ready is true while a certificate that has not expired is published.
	Ready bool `json:"ready"`
}

// leafStatus is absent while there is no certificate.
type leafStatus struct {
	// Serial is written as in the issuer's log.
	Serial           string    `json:"serial"`
	IssuedAt         time.Time `json:"issuedAt"`
	NotAfter         time.Time `json:"notAfter"`
	LifetimeSeconds  int64     `json:"lifetimeSeconds"`
	RemainingSeconds int64     `json:"remainingSeconds"`
	RemainingRatio   float64   `json:"remainingRatio"`
	RenewAt          time.Time `json:"renewAt"`
}

func (r *renewer) status() status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := status{
		Identity:    r.config.Names.first(),
		Renewals:    r.successes[byRekey] + r.successes[byEnrolment],
		Failures:    r.failures,
		LastFailure: r.lastFailure,
	}
	if r.current == nil {
		return s
	}
	now := r.now()
	s.leafStatus = &leafStatus{
		Serial:           r.current.leaf().SerialNumber.String(),
		IssuedAt:         r.life.issued.UTC(),
		NotAfter:         r.life.ends.UTC(),
		LifetimeSeconds:  int64(r.life.length().Seconds()),
		RemainingSeconds: int64(math.Floor(r.life.remaining(now).Seconds())),
		RemainingRatio:   math.Round(r.life.ratio(now)*1e4) / 1e4,
		RenewAt:          r.renewAt.UTC().Truncate(time.Second),
	}
	s.Ready = now.Before(r.life.ends)
	return s
}
