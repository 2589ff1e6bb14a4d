package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	maxWord = 128
	// What the kernel takes for a unix socket, without the zero byte at its end.
	maxSocketPath = 107
)

var dnsName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

func checkWord(word string) error {
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	if word == "" || len(word) > maxWord || strings.ContainsFunc(word, odd) {
		return fmt.Errorf("%q is not allowed; only one printable word of at most %d bytes such as guard", word, maxWord)
	}
	return nil
}

func checkPath(path string) error {
	if !filepath.IsAbs(path) || path == "/" || strings.ContainsFunc(path, unicode.IsControl) {
		return fmt.Errorf("%q is not allowed; only an absolute path below the root", path)
	}
	return nil
}

func checkSocket(path string) error {
	if err := checkPath(path); err != nil {
		return err
	}
	if len(path) > maxSocketPath {
		return fmt.Errorf("%q is not allowed; the path of a socket has at most %d bytes", path, maxSocketPath)
	}
	return nil
}

// check wants an address, because no name is ever resolved: whoever answers must show a certificate for the server name.
func (a issuerAddress) check() error {
	parsed, err := url.Parse(a.URL)
	if err == nil {
		_, err = netip.ParseAddrPort(parsed.Host)
	}
	if err != nil || a.URL != "https://"+parsed.Host {
		return fmt.Errorf("url %q is not allowed; only https, an IP address and a port, such as https://10.0.0.2:9000", a.URL)
	}
	if !dnsName.MatchString(a.ServerName) {
		return fmt.Errorf("serverName %q is not allowed; only a DNS name in small letters such as ca", a.ServerName)
	}
	return nil
}

func checkEach(values []string, check func(string) error) error {
	for i, value := range values {
		if err := check(value); err != nil {
			return err
		}
		if slices.Contains(values[:i], value) {
			return fmt.Errorf("%q appears twice; name it once", value)
		}
	}
	return nil
}

// Names must be written as the certificate will say them, because they are compared with it.

func checkURI(value string) error {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Scheme == "" || parsed.Host == "" || parsed.User != nil || parsed.String() != value {
		return fmt.Errorf("%q is not allowed; only a URI with a scheme and a host such as spiffe://openclaw.internal/application/guard", value)
	}
	return nil
}

func checkDNS(value string) error {
	if len(value) > 253 || !dnsName.MatchString(value) {
		return fmt.Errorf("%q is not allowed; only a DNS name in small letters such as guard", value)
	}
	return nil
}

func checkIP(value string) error {
	parsed, err := netip.ParseAddr(value)
	if err != nil || parsed.Zone() != "" || parsed.Unmap().String() != value {
		return fmt.Errorf("%q is not allowed; only an IP address in its shortest form such as 10.0.0.2", value)
	}
	return nil
}

func checkUsages(values []string) error {
	if len(values) == 0 {
		return errors.New("there must be at least one: server, client or both")
	}
	return checkEach(values, func(value string) error {
		if _, known := extendedUsages[value]; !known {
			return fmt.Errorf("%q is not allowed; only server and client", value)
		}
		return nil
	})
}

func checkDuration(value string, least, most time.Duration) (time.Duration, error) {
	parsed, err := time.ParseDuration(value)
	if err != nil || parsed < least || parsed > most {
		return 0, fmt.Errorf("%q is not allowed; only a duration such as 90m or 24h, from %s to %s", value, least, most)
	}
	return parsed, nil
}
