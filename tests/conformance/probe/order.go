package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Order says what to try. Exactly one of Dial, Resolve, Datagram, Listening and File is set.
type Order struct {
	ID string `json:"id"`
	// Dial is the TCP address to connect to, after which Send is sent and everything that comes back is read.
	Dial    string  `json:"dial"`
	TLS     *TLS    `json:"tls"`
	Send    []Piece `json:"send"`
	Receive Limits  `json:"receive"`
	// Resolve is a name to look up by the position's own resolver.
	Resolve string `json:"resolve"`
	// Datagram is the UDP address to send Send to, and to await an answer from.
	Datagram string `json:"datagram"`
	// Listening asks for the TCP sockets that listen in this network namespace.
	Listening bool `json:"listening"`
	// File is to be read, as it is there now.
	File string `json:"file"`
}

// Piece is a part of what is sent.
type Piece struct {
	// Data is base64 in JSON.
	Data []byte `json:"data"`
	// AfterMs is waited before.
	AfterMs int `json:"afterMs"`
	// Repeat sends it so many times, with AfterMs before each; 0 is once.
	Repeat int `json:"repeat"`
	// AfterAnswer sends each repetition only when something has come since the one before.
	AfterAnswer bool `json:"afterAnswer"`
}

// Limits end the reading.
type Limits struct {
	// ForMs is how long the connection is read, from when it stood.
	ForMs int `json:"forMs"`
	// QuietMs ends the reading after a pause that follows something received.
	QuietMs int `json:"quietMs"`
	// MaxBytes that are kept.
	MaxBytes int `json:"maxBytes"`
}

// Answer is what was seen.
type Answer struct {
	ID string `json:"id"`
	// Connected is set when TCP stood; DialError says why it did not.
	Connected bool   `json:"connected"`
	DialError string `json:"dialError,omitempty"`
	// Handshake is "ok" or the reason of its failure; empty without TLS.
	Handshake string   `json:"handshake,omitempty"`
	Version   string   `json:"version,omitempty"`
	Protocol  string   `json:"protocol,omitempty"`
	Names     []string `json:"names,omitempty"`
	// Serial of the peer's certificate, in decimal.
	Serial string `json:"serial,omitempty"`
	// Resumed tells of the second connection, if resumption was asked for.
	Resumed bool `json:"resumed"`
	// Received is base64 in JSON.
	Received []byte `json:"received"`
	// Ended is how the reading ended: "closed", "reset", "time", "quiet" or an error's text. A refusal of the client's certificate
	// comes here, because in TLS 1.3 the client believes in the handshake before the server has checked it.
	Ended     string   `json:"ended"`
	ElapsedMs int64    `json:"elapsedMs"`
	Addresses []string `json:"addresses,omitempty"`
	Error     string   `json:"error,omitempty"`
}

const (
	dialTimeout    = 3 * time.Second
	defaultForMs   = 8000
	defaultQuietMs = 400
	defaultMax     = 256 << 10
)

func (order Order) carryOut() *Answer {
	started := time.Now()
	answer := &Answer{}
	switch {
	case order.Resolve != "":
		order.resolve(answer)
	case order.Datagram != "":
		order.datagram(answer)
	case order.Listening:
		listening(answer)
	case order.File != "":
		answer.readFile(order.File)
	default:
		order.exchange(answer)
		if order.TLS != nil && order.TLS.Resume && answer.Handshake == "ok" {
			order.exchange(answer)
		}
	}
	answer.ElapsedMs = time.Since(started).Milliseconds()
	return answer
}

func (answer *Answer) readFile(path string) {
	content, err := os.ReadFile(path)
	answer.Received = content
	if err != nil {
		answer.Error = err.Error()
	}
}

func (order Order) exchange(answer *Answer) {
	answer.Received = nil
	connection, err := net.DialTimeout("tcp", order.Dial, dialTimeout)
	if err != nil {
		answer.DialError = err.Error()
		return
	}
	defer connection.Close()
	answer.Connected = true
	limit := time.Duration(or(order.Receive.ForMs, defaultForMs)) * time.Millisecond
	deadline := time.Now().Add(limit)
	if err := connection.SetDeadline(deadline); err != nil {
		answer.Error = err.Error()
		return
	}
	if order.TLS != nil {
		config, err := order.TLS.config()
		if err != nil {
			answer.Error = err.Error()
			return
		}
		secured := tls.Client(connection, config)
		if err := secured.Handshake(); err != nil {
			answer.Handshake = err.Error()
			answer.Ended = ending(err)
			return
		}
		state := secured.ConnectionState()
		answer.Handshake, answer.Version, answer.Protocol = "ok", tls.VersionName(state.Version), state.NegotiatedProtocol
		answer.Resumed = state.DidResume
		answer.Names = names(state)
		answer.Serial = state.PeerCertificates[0].SerialNumber.String()
		connection = secured
	}
	sent := make(chan struct{})
	came := make(chan struct{}, 1)
	go func() {
		defer close(sent)
		send(connection, order.Send, came)
	}()
	answer.read(connection, order.Receive, deadline, sent, came)
}

// send ends when everything is sent, when the peer hangs up, or when nothing can come any more, which closes came.
func send(connection net.Conn, pieces []Piece, came <-chan struct{}) {
	for _, piece := range pieces {
		for i := range max(piece.Repeat, 1) {
			if piece.AfterAnswer && i > 0 {
				if _, open := <-came; !open {
					return
				}
			}
			time.Sleep(time.Duration(piece.AfterMs) * time.Millisecond)
			// A peer that hangs up shows in what is read.
			if _, err := connection.Write(piece.Data); err != nil {
				return
			}
		}
	}
}

// read keeps what comes until the peer or a limit ends it. A pause ends it only once everything is sent and something has come.
func (answer *Answer) read(connection net.Conn, limits Limits, deadline time.Time, sent <-chan struct{}, came chan<- struct{}) {
	defer close(came)
	quiet := time.Duration(or(limits.QuietMs, defaultQuietMs)) * time.Millisecond
	buffer := make([]byte, 32<<10)
	for {
		until := time.Now().Add(quiet)
		if until.After(deadline) {
			until = deadline
		}
		if err := connection.SetReadDeadline(until); err != nil {
			answer.Ended = err.Error()
			return
		}
		n, err := connection.Read(buffer)
		if room := or(limits.MaxBytes, defaultMax) - len(answer.Received); room > 0 {
			answer.Received = append(answer.Received, buffer[:min(n, room)]...)
		}
		if n > 0 {
			select {
			case came <- struct{}{}:
			default:
			}
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			answer.Ended = ending(err)
			return
		}
		if !time.Now().Before(deadline) {
			answer.Ended = "time"
			return
		}
		select {
		case <-sent:
			if len(answer.Received) > 0 {
				answer.Ended = "quiet"
				return
			}
		default:
		}
	}
}

func ending(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "closed"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "time"
	default:
		return err.Error()
	}
}

func (order Order) resolve(answer *Answer) {
	limit, cancel := context.WithTimeout(context.Background(), time.Duration(or(order.Receive.ForMs, defaultForMs))*time.Millisecond)
	defer cancel()
	resolver := net.Resolver{PreferGo: true}
	addresses, err := resolver.LookupHost(limit, order.Resolve)
	answer.Addresses = addresses
	if err != nil {
		answer.Error = err.Error()
	}
}

func (order Order) datagram(answer *Answer) {
	connection, err := net.DialTimeout("udp", order.Datagram, dialTimeout)
	if err != nil {
		answer.DialError = err.Error()
		return
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(time.Duration(or(order.Receive.ForMs, defaultForMs)) * time.Millisecond)); err != nil {
		answer.Error = err.Error()
		return
	}
	send(connection, order.Send, nil)
	buffer := make([]byte, 4096)
	n, err := connection.Read(buffer)
	answer.Received = buffer[:n]
	if err != nil {
		answer.Ended = ending(err)
	}
}

// listening reads the kernel's own table, so that no socket is missed because nobody guessed its port.
func listening(answer *Answer) {
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		content, err := os.ReadFile(table)
		if err != nil {
			answer.Error = err.Error()
			return
		}
		for line := range strings.Lines(string(content)) {
			fields := strings.Fields(line)
			const listen = "0A"
			if len(fields) > 3 && fields[3] == listen {
				answer.Addresses = append(answer.Addresses, socketAddress(fields[1]))
			}
		}
	}
}

func or(value, fallback int) int {
	if value == 0 {
		return fallback
	}
	return value
}
