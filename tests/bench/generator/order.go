package main

import (
	"net/http"
	"time"
)

// Order is what to do for so long, and where.
type Order struct {
	// Dial is the address and port, whatever the URL says.
	Dial string `json:"dial"`
	// ServerName is what is asked for in the TLS handshake, and what the certificate must be for.
	ServerName string `json:"serverName"`
	// Roots is PEM.
	Roots string `json:"roots"`
	// Cert and Key are files of this position; without them no certificate is shown.
	Cert string `json:"cert"`
	Key  string `json:"key"`

	Host    string            `json:"host"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	// Expect is the status every answer must have.
	Expect int `json:"expect"`

	// Once makes one request and shows what the answer was, instead of measuring.
	Once bool `json:"once"`
	// Until dials and asks nothing until that comes out so: "open" or "closed". ForMs is then how long to wait for it at most.
	Until string `json:"until"`
	// WebSocket measures ping frames on one socket, one after the other, instead of requests.
	WebSocket bool `json:"webSocket"`
	// Workers is how many requests are on their way at once.
	Workers int `json:"workers"`
	// NewConnections makes a connection and a full handshake for each request.
	NewConnections bool `json:"newConnections"`

	// WarmMs is how long not to count at first.
	WarmMs int `json:"warmMs"`
	ForMs  int `json:"forMs"`
}

func (o Order) warm() time.Duration   { return time.Duration(o.WarmMs) * time.Millisecond }
func (o Order) length() time.Duration { return time.Duration(o.ForMs) * time.Millisecond }

// Answer is what was measured. Latencies are microseconds.
type Answer struct {
	Done    int64   `json:"done"`
	Failed  int64   `json:"failed"`
	Seconds float64 `json:"seconds"`
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	// Status and Header are of the one answer asked for.
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	// At is when it came out as wanted, in milliseconds since 1970.
	At int64 `json:"at,omitempty"`
	// Failure is the first of the failures.
	Failure string `json:"failure,omitempty"`
	// Error is why nothing could be measured.
	Error string `json:"error,omitempty"`
}
