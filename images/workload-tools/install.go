package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
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
	if err := parseFlags(flags, args, "manifest", "to"); err != nil {
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

// install publishes the files of a manifest the way kubelet publishes a Secret: a reader sees either all old files or
// all new ones, and a watcher sees one rename. Whatever a crashed run left behind is removed.
func install(manifestPath, to, executable string) (*installResult, error) {
	m, err := readManifest(manifestPath)
	if err != nil {
		return nil, err
	}
	files, err := m.load()
	if err != nil {
		return nil, err
	}
	unlock, err := lock(to)
	if err != nil {
		return nil, err
	}
	defer unlock()

	owner := owner{uid: *m.UID, gid: *m.GID}
	if err := giveDirectories(m.Directories, owner); err != nil {
		return nil, err
	}
	current, err := currentGeneration(to)
	if err != nil {
		return nil, err
	}
	// The links are checked before anything is written: a foreign file in the way must not leave half a change behind.
	if err := checkLinks(to, files); err != nil {
		return nil, err
	}
	if err := installSelf(executable, filepath.Join(to, "bin")); err != nil {
		return nil, err
	}
	generation, published := current, false
	if !sameGeneration(to, current, files, owner) {
		generation, published = nextGeneration(current, time.Now()), true
		if err := writeGeneration(filepath.Join(to, generation), files, owner); err != nil {
			return nil, err
		}
		if err := replaceLink(to, dataLink, generation); err != nil {
			return nil, err
		}
	}
	relinked, err := syncLinks(to, files)
	if err != nil {
		return nil, err
	}
	if err := cleanUp(to, generation, current, published); err != nil {
		return nil, err
	}
	return &installResult{
		Installed:  len(files),
		Generation: generation[len(generationPrefix):],
		Changed:    published || relinked,
	}, nil
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

// lock keeps two installers apart; the kernel drops it when a process dies.
func lock(directory string) (func(), error) {
	handle, err := os.Open(directory)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if err := syscall.Flock(int(handle.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", directory, err), handle.Close())
	}
	return func() { handle.Close() }, nil
}

// nextGeneration is a time in nanoseconds that is later than the current generation even if the clock went back.
func nextGeneration(current string, now time.Time) string {
	next := now.UnixNano()
	if current != "" {
		if last, err := strconv.ParseInt(current[len(generationPrefix):], 10, 64); err == nil && last >= next {
			next = last + 1
		}
	}
	return generationPrefix + strconv.FormatInt(next, 10)
}
