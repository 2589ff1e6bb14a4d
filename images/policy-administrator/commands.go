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
	"time"
)

const (
	defaultSocket = "/run/workload/administrator.sock"
	commandTime   = 10 * time.Second
	// A full list and all sockets fit in.
	maxAnswer = 64 << 20
)

func changeCommand(name string, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	socket := flags.String("socket", defaultSocket, "")
	given := map[string]string{}
	for _, kind := range []string{byUser, bySubject, bySession} {
		flags.Func(kind, "", func(value string) error {
			if _, twice := given[kind]; twice {
				return errors.New("given twice")
			}
			given[kind] = value
			return nil
		})
	}
	if err := parseFlags(flags, args, "socket"); err != nil {
		return err
	}
	chosen, err := parseSelector(given)
	if err != nil {
		return fmt.Errorf("%w: %s: %v", errUsage, name, err)
	}
	body, err := json.Marshal(given)
	if err != nil {
		return err
	}
	raw, err := call(*socket, http.MethodPost, "/"+name, body)
	if err != nil {
		return err
	}
	var result changed
	if err := json.Unmarshal(raw, &result); err != nil {
		return err
	}
	fmt.Fprintln(stdout, told(name, chosen, result))
	return nil
}

func told(command string, chosen selector, result changed) string {
	ended := fmt.Sprintf("sockets ended: %d", result.Ended)
	if result.Shared {
		ended = fmt.Sprintf("sockets ended at this guard: %d; the others end theirs now", result.Ended)
	}
	switch {
	case command == "restore" && result.Was:
		return chosen.String() + " is restored"
	case command == "restore":
		return chosen.String() + " was not revoked"
	case result.Was:
		return chosen.String() + " was revoked already; " + ended
	default:
		return chosen.String() + " is revoked; " + ended
	}
}

func listCommand(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("list", flag.ContinueOnError)
	socket := flags.String("socket", defaultSocket, "")
	if err := parseFlags(flags, args, "socket"); err != nil {
		return err
	}
	raw, err := call(*socket, http.MethodGet, "/list", nil)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, bytes.TrimSpace(raw), "", "  "); err != nil {
		return err
	}
	fmt.Fprintln(stdout, indented.String())
	return nil
}

// call asks the running service.
func call(socket, method, path string, body []byte) ([]byte, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: commandTime}
	request, err := http.NewRequest(method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the service does not answer on %s: %w", socket, errors.Unwrap(err))
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		var why refusal
		if json.Unmarshal(raw, &why) != nil || why.Error == "" {
			why.Error = response.Status
		}
		return nil, errors.New(why.Error)
	}
	return raw, nil
}
