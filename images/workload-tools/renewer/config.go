package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"zero-trust-openclaw/images/workload-tools/cli"
)

// config is what the renewer is told. Every key must be there: a forgotten one must not weaken anything silently.
type config struct {
	Workload string
	Issuer   issuerAddress
	// Roots and Intermediate are read anew each time: they are replaced while this runs.
	Roots, Intermediate string
	Provisioner         string
	// Key is the file with the key that enrols.
	Key   string
	Names names
	// Usages are server, client or both.
	Usages   []string
	Lifetime time.Duration
	// Backdate is how long before its issue a certificate begins.
	Backdate  time.Duration
	Directory string
	Socket    string
}

type issuerAddress struct {
	URL        string `json:"url"`
	ServerName string `json:"serverName"`
}

func readConfig(path string) (config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return config{}, fmt.Errorf("%w: %v", cli.ErrConfig, err)
	}
	parsed, err := parseConfig(raw)
	if err != nil {
		return config{}, fmt.Errorf("%w: %s: %v", cli.ErrConfig, path, err)
	}
	return parsed, nil
}

// setting is one key of the configuration: where its value goes, what it must be, and what it may be.
type setting struct {
	key   string
	into  any
	want  string
	check func() error
}

func parseConfig(raw []byte) (config, error) {
	var given map[string]json.RawMessage
	if err := decodeOne(raw, &given); err != nil || given == nil {
		return config{}, errors.Join(errors.New("not one JSON object"), err)
	}
	var c config
	settings := c.settings()
	var keys []string
	for _, one := range settings {
		keys = append(keys, one.key)
	}
	for key := range given {
		if !slices.Contains(keys, key) {
			return config{}, fmt.Errorf("unknown key %q; allowed are %s", key, strings.Join(keys, ", "))
		}
	}
	for _, one := range settings {
		value, ok := given[one.key]
		if !ok || string(value) == "null" {
			return config{}, fmt.Errorf("%s is missing; needed are %s", one.key, strings.Join(keys, ", "))
		}
		if err := decodeOne(value, one.into); err != nil {
			return config{}, fmt.Errorf("%s must be %s", one.key, one.want)
		}
	}
	// After all are read, because some are judged together.
	for _, one := range settings {
		if err := one.check(); err != nil {
			return config{}, fmt.Errorf("%s: %w", one.key, err)
		}
	}
	return c, nil
}

func (c *config) settings() []setting {
	var lifetime, backdate string
	const list = `a list of text such as ["guard"]`
	return []setting{
		{"workload", &c.Workload, "text", func() error { return checkWord(c.Workload) }},
		{"issuer", &c.Issuer, `an object such as {"url": "https://10.0.0.2:9000", "serverName": "ca"}`, func() error { return c.Issuer.check() }},
		{"roots", &c.Roots, "text", func() error { return checkPath(c.Roots) }},
		{"intermediate", &c.Intermediate, "text", func() error { return checkPath(c.Intermediate) }},
		{"provisioner", &c.Provisioner, "text", func() error { return checkWord(c.Provisioner) }},
		{"key", &c.Key, "text", func() error { return checkPath(c.Key) }},
		{"uris", &c.Names.URIs, list, func() error { return checkEach(c.Names.URIs, checkURI) }},
		{"dnsNames", &c.Names.DNS, list, func() error { return checkEach(c.Names.DNS, checkDNS) }},
		{"ipAddresses", &c.Names.IPs, list, func() error { return errors.Join(checkEach(c.Names.IPs, checkIP), c.Names.check()) }},
		{"usages", &c.Usages, list, func() error { return checkUsages(c.Usages) }},
		{"lifetime", &lifetime, `text such as "24h"`, func() (err error) {
			c.Lifetime, err = checkDuration(lifetime, time.Minute, 365*24*time.Hour)
			return err
		}},
		{"backdate", &backdate, `text such as "5m"`, func() (err error) {
			c.Backdate, err = checkDuration(backdate, 0, time.Hour)
			return err
		}},
		{"directory", &c.Directory, "text", func() error { return checkPath(c.Directory) }},
		{"socket", &c.Socket, "text", func() error { return checkSocket(c.Socket) }},
	}
}

// decodeOne accepts one JSON value, the fields the target knows, and nothing after it.
func decodeOne(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}
