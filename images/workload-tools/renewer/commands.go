package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"zero-trust-openclaw/images/workload-tools/cli"
)

const (
	// An attempt may run already, and the one that was asked for may need two requests.
	commandTimeout = 4 * requestTimeout
	lookTimeout    = 5 * time.Second
)

func showCommand(what string, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet(what, flag.ContinueOnError)
	socket := flags.String("socket", "", "")
	if err := cli.ParseFlags(flags, args, "socket"); err != nil {
		return err
	}
	var said bytes.Buffer
	if err := call(*socket, http.MethodGet, "/"+what, lookTimeout, io.MultiWriter(stdout, &said)); err != nil {
		return err
	}
	if what != "status" {
		return nil
	}
	return checkReady(said.Bytes())
}

// checkReady makes the status a health check: without a certificate nobody who needs it shall start.
func checkReady(said []byte) error {
	var now struct {
		Ready bool `json:"ready"`
	}
	if err := json.Unmarshal(said, &now); err != nil {
		return err
	}
	if !now.Ready {
		return errors.New("there is no certificate that fits and has not expired")
	}
	return nil
}

func renewCommand(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("renew", flag.ContinueOnError)
	socket := flags.String("socket", "", "")
	lifetime := flags.String("lifetime", "", "")
	if err := cli.ParseFlags(flags, args, "socket"); err != nil {
		return err
	}
	return call(*socket, http.MethodPost, "/renew?"+url.Values{"lifetime": {*lifetime}}.Encode(), commandTimeout, stdout)
}

// call asks the running renewer and prints what it says.
func call(socket, method, path string, timeout time.Duration, stdout io.Writer) error {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: timeout}
	request, err := http.NewRequest(method, "http://localhost"+path, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the renewer does not answer on %s: %w", socket, errors.Unwrap(err))
	}
	defer response.Body.Close()
	said, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		var why complaint
		if json.Unmarshal(said, &why) != nil || why.Error == "" {
			why.Error = response.Status
		}
		return errors.New(why.Error)
	}
	_, err = stdout.Write(said)
	return err
}
