package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"
)

const maxSessionHours = 8760

// config is what `serve` is told. Every key must be there: a forgotten one must not weaken anything silently.
type config struct {
	GRPC string `json:"grpc"`
	HTTP string `json:"http"`
	// State is the directory with the list of one guard.
	State string `json:"state,omitempty"`
	// Secret holds, instead, the list that several guards share.
	Secret *object `json:"secret,omitempty"`
	Socket string  `json:"socket"`
	// SignedOut is the page of this site that a browser sees after it signed out.
	SignedOut string `json:"signedOut"`
	// Grants holds when the time-boxed roles end.
	Grants map[string]time.Time `json:"grants"`
	// SessionHours is at least how long a login lasts: a session that was ended needs no denial for longer.
	SessionHours int `json:"sessionHours"`
}

// object is one of Kubernetes'.
type object struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

func (o object) String() string { return o.Namespace + "/" + o.Name }

var (
	configKeys = []string{"grpc", "http", "state", "secret", "socket", "signedOut", "grants", "sessionHours"}
	// The list is in one of these.
	places = []string{"state", "secret"}
)

func readConfig(path string) (config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return config{}, fmt.Errorf("%w: %v", errConfig, err)
	}
	parsed, err := parseConfig(raw)
	if err != nil {
		return config{}, fmt.Errorf("%w: %s: %v", errConfig, path, err)
	}
	return parsed, nil
}

func parseConfig(raw []byte) (config, error) {
	var keys map[string]json.RawMessage
	if err := decodeOne(raw, &keys); err != nil {
		return config{}, fmt.Errorf("not one JSON object: %v", err)
	}
	for key := range keys {
		if !slices.Contains(configKeys, key) {
			return config{}, fmt.Errorf("unknown key %q; allowed are %s", key, strings.Join(configKeys, ", "))
		}
	}
	given := func(key string) bool { value, ok := keys[key]; return ok && string(value) != "null" }
	for _, key := range configKeys {
		if !given(key) && !slices.Contains(places, key) {
			return config{}, fmt.Errorf("%s is missing; needed are %s", key, strings.Join(configKeys, ", "))
		}
	}
	if given("state") == given("secret") {
		return config{}, errors.New("name one place for the list: state, a directory, or secret, a Secret that several guards share")
	}
	var c config
	// Grants are read one by one, so that a wrong time is told with the role it belongs to.
	var grants map[string]string
	targets := map[string]struct {
		value any
		want  string
	}{
		"grpc":         {&c.GRPC, "text"},
		"http":         {&c.HTTP, "text"},
		"state":        {&c.State, "text"},
		"secret":       {&c.Secret, "an object of namespace and name"},
		"socket":       {&c.Socket, "text"},
		"signedOut":    {&c.SignedOut, "text"},
		"grants":       {&grants, "an object of role and time, such as {\"operator\": \"2027-01-31T18:00:00Z\"}"},
		"sessionHours": {&c.SessionHours, "a whole number"},
	}
	for _, key := range configKeys {
		if !given(key) {
			continue
		}
		if err := json.Unmarshal(keys[key], targets[key].value); err != nil {
			return config{}, fmt.Errorf("%s must be %s", key, targets[key].want)
		}
	}
	if err := c.readGrants(grants); err != nil {
		return config{}, err
	}
	return c, c.check()
}

func (c *config) readGrants(grants map[string]string) error {
	c.Grants = map[string]time.Time{}
	for role, end := range grants {
		if role == "" || strings.ContainsFunc(role, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
			return fmt.Errorf("grants: %q is not a role's name; it must be one printable word", role)
		}
		at, err := time.Parse(time.RFC3339, end)
		if err != nil {
			return fmt.Errorf("grants: %q of role %q is not a time; write it as 2027-01-31T18:00:00Z", end, role)
		}
		c.Grants[role] = at
	}
	return nil
}

func (c *config) check() error {
	for key, address := range map[string]string{"grpc": c.GRPC, "http": c.HTTP} {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil || !parsed.Addr().IsLoopback() || parsed.Port() == 0 {
			return fmt.Errorf("%s: %q is not allowed; only an address of this network namespace such as 127.0.0.1:9101", key, address)
		}
	}
	if c.GRPC == c.HTTP {
		return fmt.Errorf("grpc and http are both %s; each needs an address of its own", c.GRPC)
	}
	paths := map[string]string{"socket": c.Socket}
	if c.Secret == nil {
		paths["state"] = c.State
	} else if err := c.Secret.check(); err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	for key, path := range paths {
		if !filepath.IsAbs(path) || strings.ContainsFunc(path, unicode.IsControl) {
			return fmt.Errorf("%s: %q is not allowed; only an absolute path", key, path)
		}
	}
	// A second slash or a backslash would make browsers leave this site.
	if !strings.HasPrefix(c.SignedOut, "/") || strings.HasPrefix(c.SignedOut, "//") ||
		strings.ContainsFunc(c.SignedOut, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return fmt.Errorf("signedOut: %q is not allowed; only a path of this site such as /oauth2/signed_out", c.SignedOut)
	}
	if c.SessionHours < 1 || c.SessionHours > maxSessionHours {
		return fmt.Errorf("sessionHours: %d is not allowed; 1 to %d", c.SessionHours, maxSessionHours)
	}
	return nil
}

func (o object) check() error {
	if problems := validation.IsDNS1123Label(o.Namespace); len(problems) > 0 {
		return fmt.Errorf("namespace: %q is not a namespace's name", o.Namespace)
	}
	if problems := validation.IsDNS1123Subdomain(o.Name); len(problems) > 0 {
		return fmt.Errorf("name: %q is not an object's name", o.Name)
	}
	return nil
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
