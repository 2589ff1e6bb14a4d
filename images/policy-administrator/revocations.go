package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"encoding/json"

	"golang.org/x/sys/unix"
)

const (
	stateName    = "revocations.json"
	stateVersion = 1
	// Envoy compares each request with every entry; this many cost it far less than a millisecond.
	maxRevocations = 10_000
	maxStateBytes  = 32 << 20
)

type revocation struct {
	selector
	Since time.Time `json:"since"`
	// Until is when the denial ends by itself: sessions end, people stay revoked until they are restored.
	Until *time.Time `json:"until,omitempty"`
	// Reason is revoked or signed-out.
	Reason string `json:"reason"`
}

func (r revocation) over(now time.Time) bool {
	return r.Until != nil && !now.Before(*r.Until)
}

type stateFile struct {
	Version     int          `json:"version"`
	Revocations []revocation `json:"revocations"`
}

// store keeps the revocations on disk. One process at a time may have it open.
type store struct {
	directory string
	lock      *os.File
}

// openStore locks the directory and reads what is there. A file that cannot be understood is never taken for "nobody is
// revoked", and never overwritten.
func openStore(directory string) (*store, []revocation, error) {
	lock, err := os.OpenFile(filepath.Join(directory, "lock"), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("state: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, nil, fmt.Errorf("state: %s is in use by another policy administrator: %w", directory, err)
	}
	s := &store{directory, lock}
	list, err := s.load()
	if err != nil {
		s.close()
		return nil, nil, err
	}
	return s, list, nil
}

func (s *store) close() { s.lock.Close() }

func (s *store) load() ([]revocation, error) {
	path := filepath.Join(s.directory, stateName)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxStateBytes))
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	list, err := parseState(raw)
	if err != nil {
		return nil, fmt.Errorf("state: %s is broken: %v; restore it from a backup, or remove it to give everybody back", path, err)
	}
	return list, nil
}

func parseState(raw []byte) ([]revocation, error) {
	var file stateFile
	if err := decodeOne(raw, &file); err != nil {
		return nil, err
	}
	if file.Version != stateVersion {
		return nil, fmt.Errorf("version %d, only %d is known", file.Version, stateVersion)
	}
	if file.Revocations == nil {
		return nil, errors.New("no list of revocations")
	}
	for _, entry := range file.Revocations {
		if err := entry.check(); err != nil {
			return nil, err
		}
		if entry.Since.IsZero() || (entry.Kind == bySession) != (entry.Until != nil) {
			return nil, fmt.Errorf("%s has no proper times", entry.selector)
		}
	}
	return file.Revocations, nil
}

// save returns when the list would survive a power cut.
func (s *store) save(list []revocation) error {
	if list == nil {
		list = []revocation{}
	}
	raw, err := json.MarshalIndent(stateFile{stateVersion, list}, "", "  ")
	if err != nil {
		return err
	}
	target := filepath.Join(s.directory, stateName)
	temporary := target + ".tmp"
	if err := writeSynced(temporary, append(raw, '\n')); err != nil {
		return err
	}
	if err := os.Rename(temporary, target); err != nil {
		return err
	}
	return syncDirectory(s.directory)
}

func writeSynced(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
