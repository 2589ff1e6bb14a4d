package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"zero-trust-openclaw/images/workload-tools/cli"
)

const (
	defaultTimeout = 3 * time.Second
	maxBody        = 1 << 20
)

func probeCommand(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: probe needs https, unix or tcp", cli.ErrUsage)
	}
	switch args[0] {
	case "https":
		return probeHTTPS(args[1:])
	case "unix":
		return probeUnix(args[1:])
	case "tcp":
		return probeTCP(args[1:])
	default:
		return fmt.Errorf("%w: unknown probe %q", cli.ErrUsage, args[0])
	}
}

func probeHTTPS(args []string) error {
	flags := flag.NewFlagSet("probe https", flag.ContinueOnError)
	address := flags.String("address", "", "")
	serverName := flags.String("server-name", "", "")
	ca := flags.String("ca", "", "")
	path := flags.String("path", "", "")
	expect := flags.String("expect", "", "")
	cert := flags.String("cert", "", "")
	key := flags.String("key", "", "")
	uri := flags.String("uri", "", "")
	timeout := flags.Duration("timeout", defaultTimeout, "")
	end := flags.Bool("end-if-cut-off", false, "")
	if err := cli.ParseFlags(flags, args, "address", "server-name", "ca", "path"); err != nil {
		return err
	}
	if err := checkRequest(*path, *timeout); err != nil {
		return err
	}
	if (*cert == "") != (*key == "") {
		return fmt.Errorf("%w: probe https: --cert and --key belong together", cli.ErrUsage)
	}
	if err := lookAround(*end); err != nil {
		return err
	}
	config, err := clientTLS(*serverName, *ca, *cert, *key, *uri)
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: dialOnly("tcp", *address), TLSClientConfig: config, DisableKeepAlives: true}
	return get(transport, "https://"+*serverName, *path, *expect, *timeout)
}

func probeUnix(args []string) error {
	flags := flag.NewFlagSet("probe unix", flag.ContinueOnError)
	socket := flags.String("socket", "", "")
	path := flags.String("path", "", "")
	expect := flags.String("expect", "", "")
	timeout := flags.Duration("timeout", defaultTimeout, "")
	end := flags.Bool("end-if-cut-off", false, "")
	if err := cli.ParseFlags(flags, args, "socket", "path"); err != nil {
		return err
	}
	if err := checkRequest(*path, *timeout); err != nil {
		return err
	}
	if err := lookAround(*end); err != nil {
		return err
	}
	transport := &http.Transport{DialContext: dialOnly("unix", *socket), DisableKeepAlives: true}
	return get(transport, "http://localhost", *path, *expect, *timeout)
}

func probeTCP(args []string) error {
	flags := flag.NewFlagSet("probe tcp", flag.ContinueOnError)
	address := flags.String("address", "", "")
	timeout := flags.Duration("timeout", defaultTimeout, "")
	end := flags.Bool("end-if-cut-off", false, "")
	if err := cli.ParseFlags(flags, args, "address"); err != nil {
		return err
	}
	if err := checkRequest("/", *timeout); err != nil {
		return err
	}
	if err := lookAround(*end); err != nil {
		return err
	}
	connection, err := net.DialTimeout("tcp", *address, *timeout)
	if err != nil {
		return err
	}
	return connection.Close()
}

func checkRequest(path string, timeout time.Duration) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%w: --path must start with a slash", cli.ErrUsage)
	}
	if timeout <= 0 {
		return fmt.Errorf("%w: --timeout must be positive, for example 3s", cli.ErrUsage)
	}
	return nil
}

// lookAround ends a container that is cut off, if the probe was asked to.
func lookAround(end bool) error {
	if !end {
		return nil
	}
	return endIfCutOff(net.Interfaces, killEverything)
}

// clientTLS verifies the chain, the server name and, if asked for, the peer's identity as a URI SAN.
func clientTLS(serverName, caFile, certFile, keyFile, uri string) (*tls.Config, error) {
	roots, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(roots) {
		return nil, fmt.Errorf("%s holds no certificate", caFile)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: pool, ServerName: serverName}
	if certFile != "" {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if uri != "" {
		config.VerifyConnection = func(state tls.ConnectionState) error {
			for _, san := range state.PeerCertificates[0].URIs {
				if san.String() == uri {
					return nil
				}
			}
			return fmt.Errorf("certificate does not carry %s", uri)
		}
	}
	return config, nil
}

// dialOnly ignores the address of the URL, so that no name is ever resolved.
func dialOnly(network, address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

func get(transport *http.Transport, origin, path, expect string, timeout time.Duration) error {
	client := http.Client{
		Transport: transport,
		Timeout:   timeout,
		// A redirect is an answer, and it is not the one that was asked for.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Get(origin + path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s%s: status %d, want 200", origin, path, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return err
	}
	if !strings.Contains(string(body), expect) {
		return errors.New(origin + path + ": the body does not contain the expected text")
	}
	return nil
}
