package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"syscall"
)

const (
	generationPrefix = ".."
	fileMode         = 0o400
	directoryMode    = 0o500
)

var generationName = regexp.MustCompile(`^\.\.[0-9]{1,19}$`)

type owner struct{ uid, gid int }

// currentGeneration is the directory that ..data points to, or "" if nothing was ever published.
func currentGeneration(to string) (string, error) {
	target, err := os.Readlink(filepath.Join(to, dataLink))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if !generationName.MatchString(target) {
		return "", fmt.Errorf("%s points to %q, which this tool did not make", filepath.Join(to, dataLink), target)
	}
	return target, nil
}

// sameGeneration is true if the current generation holds exactly these files with the right owner and modes.
func sameGeneration(to, current string, files map[string][]byte, want owner) bool {
	if current == "" {
		return false
	}
	directory := filepath.Join(to, current)
	if !hasOwnerAndMode(directory, want, fs.ModeDir|directoryMode) {
		return false
	}
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) != len(files) {
		return false
	}
	for name, content := range files {
		path := filepath.Join(directory, name)
		if !hasOwnerAndMode(path, want, fileMode) {
			return false
		}
		if installed, err := os.ReadFile(path); err != nil || !bytes.Equal(installed, content) {
			return false
		}
	}
	return true
}

func hasOwnerAndMode(path string, want owner, mode fs.FileMode) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != mode {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == want.uid && int(stat.Gid) == want.gid
}

// writeGeneration fills a new directory. It is nobody's but ours until everything in it is on disk.
func writeGeneration(directory string, files map[string][]byte, to owner) error {
	if err := os.Mkdir(directory, 0o700); err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(directory, name)
		if err := writeFile(path, content, fileMode); err != nil {
			return err
		}
		if err := os.Chown(path, to.uid, to.gid); err != nil {
			return err
		}
	}
	if err := os.Chmod(directory, directoryMode); err != nil {
		return err
	}
	if err := os.Chown(directory, to.uid, to.gid); err != nil {
		return err
	}
	return syncDirectory(directory)
}

// writeFile creates a new file with its final mode, whatever the umask, and waits for the disk.
func writeFile(path string, content []byte, mode fs.FileMode) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(content); err != nil {
		return err
	}
	if err := file.Chmod(mode); err != nil {
		return err
	}
	return file.Sync()
}

func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

// cleanUp keeps the current generation and the one before it. After a publication that one is known; otherwise it is
// the newest older one, since a half-written generation of a crashed run is always newer than what ..data points to.
func cleanUp(to, current, replaced string, published bool) error {
	names, err := generations(to)
	if err != nil {
		return err
	}
	previous := replaced
	if !published {
		previous = newestBefore(names, current)
	}
	for _, name := range names {
		if name == current || name == previous {
			continue
		}
		if err := removeGeneration(filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return removeTemporaryLinks(to)
}

// removeGeneration first gives back the write bit, which the directory's owner needs to empty it.
func removeGeneration(directory string) error {
	if err := os.Chmod(directory, 0o700); err != nil {
		return err
	}
	return os.RemoveAll(directory)
}

func generations(to string) ([]string, error) {
	entries, err := os.ReadDir(to)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && generationName.MatchString(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	// All are nanoseconds since 1970 and have 19 digits, but a shorter one must still sort as older.
	sort.Slice(names, func(i, j int) bool { return olderThan(names[i], names[j]) })
	return names, nil
}

func newestBefore(sorted []string, current string) string {
	found := ""
	for _, name := range sorted {
		if olderThan(name, current) {
			found = name
		}
	}
	return found
}

func olderThan(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}
