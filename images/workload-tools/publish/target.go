// Package publish puts files into a directory the way kubelet publishes a Secret: a reader sees either all old files or
// all new ones, and a watcher sees one rename. Each set of files is a directory of its own, a generation; the link ..data
// points to the current one, and every file's name is a link through it.
package publish

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Target is a directory that files are published in, held so that nobody else publishes there.
type Target struct {
	path string
	// root keeps what is read inside the directory, whatever its owner made of the links in it.
	root    *os.Root
	lock    *os.File
	current string
}

// Result says what was published.
type Result struct {
	Generation string
	// Changed is false if everything was there already.
	Changed bool
}

// Open waits until nobody else publishes in the directory. The kernel ends the lock when a process dies.
func Open(directory string) (*Target, error) {
	lock, err := os.Open(directory)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	t := &Target{path: directory, lock: lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", directory, err), lock.Close())
	}
	if t.root, err = os.OpenRoot(directory); err != nil {
		return nil, errors.Join(fmt.Errorf("target: %w", err), lock.Close())
	}
	if t.current, err = currentGeneration(directory); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Close lets others publish.
func (t *Target) Close() error {
	return errors.Join(t.root.Close(), t.lock.Close())
}

// Check refuses what Publish would refuse after it had begun to write: a foreign file in the way.
func (t *Target) Check(files map[string][]byte) error {
	return checkLinks(t.path, files)
}

// Publish makes these the current files, in one step, and removes whatever a crashed run left behind.
func (t *Target) Publish(files map[string][]byte, owner Owner) (Result, error) {
	if err := t.Check(files); err != nil {
		return Result{}, err
	}
	replaced, published := t.current, false
	if !sameGeneration(t.path, t.current, files, owner) {
		next := nextGeneration(t.current, time.Now())
		if err := writeGeneration(filepath.Join(t.path, next), files, owner); err != nil {
			return Result{}, err
		}
		if err := replaceLink(t.path, dataLink, next); err != nil {
			return Result{}, err
		}
		t.current, published = next, true
	}
	relinked, err := syncLinks(t.path, files)
	if err != nil {
		return Result{}, err
	}
	if err := cleanUp(t.path, t.current, replaced, published); err != nil {
		return Result{}, err
	}
	return Result{Generation: t.current[len(generationPrefix):], Changed: published || relinked}, nil
}

// CleanUp removes what a crashed run left behind, without publishing anything.
func (t *Target) CleanUp() error {
	return cleanUp(t.path, t.current, "", false)
}

// File is what the current generation has under this name; the error is fs.ErrNotExist if it has nothing.
func (t *Target) File(name string) ([]byte, error) {
	content, _, err := t.read(name)
	return content, err
}

// Files are all files of the current generation and whom they belong to. There are none before the first publication.
func (t *Target) Files() (map[string][]byte, Owner, error) {
	files, owner := map[string][]byte{}, Owner{}
	if t.current == "" {
		return files, owner, nil
	}
	entries, err := os.ReadDir(filepath.Join(t.path, t.current))
	if err != nil {
		return nil, owner, err
	}
	for _, entry := range entries {
		if files[entry.Name()], owner, err = t.read(entry.Name()); err != nil {
			return nil, owner, err
		}
	}
	return files, owner, nil
}

// read follows no link out of the directory and waits for no pipe: whom the files belong to may have put one there, and
// the reader may be root.
func (t *Target) read(name string) (content []byte, owner Owner, err error) {
	if t.current == "" {
		return nil, owner, fs.ErrNotExist
	}
	path := filepath.Join(t.current, name)
	file, err := t.root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, owner, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, owner, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() {
		return nil, owner, fmt.Errorf("%s is not a regular file", filepath.Join(t.path, path))
	}
	content, err = io.ReadAll(file)
	return content, Owner{UID: int(stat.Uid), GID: int(stat.Gid)}, err
}
