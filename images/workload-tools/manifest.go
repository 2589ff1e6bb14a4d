package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// manifest says which staged files a workload gets and who owns them. The ids are pointers so that a forgotten one is
// an error instead of root.
type manifest struct {
	UID   *int           `json:"uid"`
	GID   *int           `json:"gid"`
	Files []manifestFile `json:"files"`
	// Directories outside the target that the owner may write to, such as a volume for state.
	Directories []string `json:"directories"`
}

type manifestFile struct {
	Name string `json:"name"`
	From string `json:"from"`
	// Keep says that the staged content is only the initial one: what was put there since stays.
	Keep bool `json:"keep"`
}

func readManifest(path string) (*manifest, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var m manifest
	if err := decoder.Decode(&m); err != nil {
		return nil, fmt.Errorf("manifest %s: %w", path, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("manifest %s: more than one JSON value", path)
	}
	if err := m.validate(); err != nil {
		return nil, fmt.Errorf("manifest %s: %w", path, err)
	}
	return &m, nil
}

func (m *manifest) validate() error {
	if m.UID == nil || m.GID == nil || *m.UID < 0 || *m.GID < 0 {
		return errors.New("uid and gid are required and not negative")
	}
	seen := map[string]bool{}
	for _, file := range m.Files {
		if err := checkName(file.Name); err != nil {
			return err
		}
		if seen[file.Name] {
			return fmt.Errorf("file name %q appears twice", file.Name)
		}
		seen[file.Name] = true
		if !strings.HasPrefix(file.From, "/") {
			return fmt.Errorf("file %q: \"from\" must be an absolute path", file.Name)
		}
	}
	for _, directory := range m.Directories {
		if !strings.HasPrefix(directory, "/") || directory == "/" {
			return fmt.Errorf("directory %q: must be an absolute path below the root", directory)
		}
	}
	return nil
}

// checkName refuses what would leave the target directory or collide with what install itself keeps there.
func checkName(name string) error {
	switch {
	case name == "", name == ".", name == "bin", strings.HasPrefix(name, ".."), strings.ContainsAny(name, "/\x00"), len(name) > 200:
		return fmt.Errorf("file name %q is not allowed: use a plain name without a slash, not \"bin\", not starting with \"..\", at most 200 bytes", name)
	}
	return nil
}
