package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"
)

const patience = 20 * time.Second

// client speaks HTTP/1.1, as OpenClaw and oauth2-proxy's way to it do, and never resumes a TLS session.
func client(order Order) (*http.Client, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(order.Roots)) {
		return nil, errors.New("no certificate in roots")
	}
	config := &tls.Config{RootCAs: roots, ServerName: order.ServerName, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}
	if order.Cert != "" {
		pair, err := tls.LoadX509KeyPair(order.Cert, order.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	dialer := &net.Dialer{Timeout: patience}
	// Without it a worker that finds a connection free while it opens one leaves the second to a third.
	most := order.Workers
	if order.NewConnections {
		most = 0
	}
	return &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, "tcp", order.Dial)
			},
			TLSClientConfig:     config,
			TLSHandshakeTimeout: patience,
			DisableKeepAlives:   order.NewConnections,
			DisableCompression:  true,
			MaxIdleConnsPerHost: order.Workers,
			MaxConnsPerHost:     most,
		},
		// A redirect is an answer: that of somebody who is not signed in.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
