package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

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

// equal says whether both would be written alike.
func (r revocation) equal(other revocation) bool {
	ends := r.Until == nil && other.Until == nil || r.Until != nil && other.Until != nil && r.Until.Equal(*other.Until)
	return r.selector == other.selector && r.Since.Equal(other.Since) && ends && r.Reason == other.Reason
}

// merge adds an entry. One that is there already lasts as long as the longer of both.
func merge(list []revocation, entry revocation, now time.Time) []revocation {
	at := slices.IndexFunc(list, func(known revocation) bool { return known.same(entry.selector) })
	switch {
	case at < 0:
		return append(list, entry)
	case list[at].over(now):
		list[at] = entry
	case list[at].Until != nil && entry.Until != nil && list[at].Until.Before(*entry.Until):
		list[at].Until = entry.Until
	}
	return list
}

func withoutOver(list []revocation, now time.Time) []revocation {
	return slices.DeleteFunc(list, func(entry revocation) bool { return entry.over(now) })
}

// kept is the list as it is kept, with the number of the change that made it.
type kept struct {
	generation int64
	list       []revocation
}

// store keeps the list where it outlives this process.
type store interface {
	// change applies one step to what is kept, and returns what is kept then. It may try the step several times.
	change(ctx context.Context, step func([]revocation) []revocation) (kept, error)
}

type stateFile struct {
	Version int `json:"version"`
	// Generation counts the changes of a list that is shared.
	Generation  int64        `json:"generation,omitzero"`
	Revocations []revocation `json:"revocations"`
}

// fileStore keeps the revocations on disk. One process at a time may have it open.
type fileStore struct {
	directory string
	lock      *os.File
	kept      kept
}

// openFile locks the directory and reads what is there. A file that cannot be understood is never taken for "nobody is
// revoked", and never overwritten.
func openFile(directory string) (*fileStore, error) {
	lock, err := os.OpenFile(filepath.Join(directory, "lock"), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("state: %s is in use by another policy administrator: %w", directory, err)
	}
	s := &fileStore{directory: directory, lock: lock}
	s.kept.list, err = s.load()
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *fileStore) close() { s.lock.Close() }

func (s *fileStore) change(_ context.Context, step func([]revocation) []revocation) (kept, error) {
	next := step(slices.Clone(s.kept.list))
	if slices.EqualFunc(next, s.kept.list, revocation.equal) {
		return s.kept, nil
	}
	if err := s.save(next); err != nil {
		return kept{}, err
	}
	s.kept = kept{s.kept.generation + 1, next}
	return s.kept, nil
}

func (s *fileStore) load() ([]revocation, error) {
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
	state, err := parseState(raw)
	if err != nil {
		return nil, fmt.Errorf("state: %s is broken: %v; restore it from a backup, or remove it to give everybody back", path, err)
	}
	return state.list, nil
}

func parseState(raw []byte) (kept, error) {
	var file stateFile
	if err := decodeOne(raw, &file); err != nil {
		return kept{}, err
	}
	if file.Version != stateVersion {
		return kept{}, fmt.Errorf("version %d, only %d is known", file.Version, stateVersion)
	}
	if file.Revocations == nil {
		return kept{}, errors.New("no list of revocations")
	}
	for _, entry := range file.Revocations {
		if err := entry.check(); err != nil {
			return kept{}, err
		}
		if entry.Since.IsZero() || (entry.Kind == bySession) != (entry.Until != nil) {
			return kept{}, fmt.Errorf("%s has no proper times", entry.selector)
		}
	}
	return kept{file.Generation, file.Revocations}, nil
}

// save returns when the list would survive a power cut.
func (s *fileStore) save(list []revocation) error {
	if list == nil {
		list = []revocation{}
	}
	raw, err := json.MarshalIndent(stateFile{Version: stateVersion, Revocations: list}, "", "  ")
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
