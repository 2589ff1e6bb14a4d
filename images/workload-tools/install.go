package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"zero-trust-openclaw/images/workload-tools/cli"
	"zero-trust-openclaw/images/workload-tools/publish"
)

type installResult struct {
	Installed  int    `json:"installed"`
	Generation string `json:"generation"`
	Changed    bool   `json:"changed"`
}

func installCommand(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("install", flag.ContinueOnError)
	manifestPath := flags.String("manifest", "", "")
	to := flags.String("to", "", "")
	if err := cli.ParseFlags(flags, args, "manifest", "to"); err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	result, err := install(*manifestPath, *to, executable)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(result)
}

// install publishes the files of a manifest, and beside them this program.
func install(manifestPath, to, executable string) (*installResult, error) {
	m, err := readManifest(manifestPath)
	if err != nil {
		return nil, err
	}
	files, err := m.load()
	if err != nil {
		return nil, err
	}
	target, err := publish.Open(to)
	if err != nil {
		return nil, err
	}
	defer target.Close()

	owner := publish.Owner{UID: *m.UID, GID: *m.GID}
	if err := giveDirectories(m.Directories, owner); err != nil {
		return nil, err
	}
	if err := m.keep(target, files); err != nil {
		return nil, err
	}
	// Checked before anything is written: a foreign file in the way must not leave half a change behind.
	if err := target.Check(files); err != nil {
		return nil, err
	}
	if err := installSelf(executable, filepath.Join(to, "bin")); err != nil {
		return nil, err
	}
	result, err := target.Publish(files, owner)
	if err != nil {
		return nil, err
	}
	return &installResult{Installed: len(files), Generation: result.Generation, Changed: result.Changed}, nil
}

// load reads every staged file before the target is touched.
func (m *manifest) load() (map[string][]byte, error) {
	files := make(map[string][]byte, len(m.Files))
	for _, file := range m.Files {
		info, err := os.Stat(file.From)
		if err != nil {
			return nil, fmt.Errorf("file %q: %w", file.Name, err)
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("file %q: %s is not a regular file", file.Name, file.From)
		}
		if files[file.Name], err = os.ReadFile(file.From); err != nil {
			return nil, fmt.Errorf("file %q: %w", file.Name, err)
		}
	}
	return files, nil
}

// keep puts what is there in the place of what was staged, for files of which only the initial content is staged.
func (m *manifest) keep(target *publish.Target, files map[string][]byte) error {
	for _, file := range m.Files {
		if !file.Keep {
			continue
		}
		kept, err := target.File(file.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("file %q cannot be kept: %w", file.Name, err)
		}
		files[file.Name] = kept
	}
	return nil
}
