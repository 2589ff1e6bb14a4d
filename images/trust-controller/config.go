package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/validation"
)

// config says which lists are kept. Every key must be there.
type config struct {
	Watches []watch `json:"watches"`
	// Lease decides which of several replicas writes.
	Lease object `json:"lease"`
	// Socket answers /healthz.
	Socket string `json:"socket"`
}

// watch is one list: the addresses of some pods, in one Secret.
type watch struct {
	Namespace string `json:"namespace"`
	Selector  string `json:"selector"`
	Secret    object `json:"secret"`

	chosen labels.Selector
}

type object struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

func (o object) String() string { return o.Namespace + "/" + o.Name }

func (w watch) String() string { return w.Namespace + "/" + w.Selector }

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
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var c config
	if err := decoder.Decode(&c); err != nil {
		return config{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return config{}, errors.New("something follows its end")
	}
	return c, c.check()
}

func (c *config) check() error {
	if len(c.Watches) == 0 {
		return errors.New("watches: there must be one at least")
	}
	seen := map[object]bool{}
	for i := range c.Watches {
		w := &c.Watches[i]
		if err := w.check(); err != nil {
			return fmt.Errorf("watches[%d]: %w", i, err)
		}
		if seen[w.Secret] {
			return fmt.Errorf("watches[%d]: the Secret %s is another one's already; each needs its own", i, w.Secret)
		}
		seen[w.Secret] = true
	}
	if err := c.Lease.check(); err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	if !filepath.IsAbs(c.Socket) || strings.ContainsFunc(c.Socket, unicode.IsControl) {
		return fmt.Errorf("socket: %q is not allowed; only an absolute path", c.Socket)
	}
	return nil
}

func (w *watch) check() error {
	if problems := validation.IsDNS1123Label(w.Namespace); len(problems) > 0 {
		return fmt.Errorf("namespace: %q is not a namespace's name", w.Namespace)
	}
	var err error
	if w.chosen, err = labels.Parse(w.Selector); err != nil {
		return fmt.Errorf("selector: %w", err)
	}
	if !demands(w.chosen) {
		return fmt.Errorf("selector: %q would believe pods that nobody named; write one that asks for a label's value, such as zero-trust-openclaw/workload=guard", w.Selector)
	}
	if err := w.Secret.check(); err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	return nil
}

// demands says whether a pod without labels of its own cannot be meant.
func demands(selector labels.Selector) bool {
	requirements, _ := selector.Requirements()
	for _, requirement := range requirements {
		switch requirement.Operator() {
		case selection.Equals, selection.DoubleEquals, selection.In:
			return true
		}
	}
	return false
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
