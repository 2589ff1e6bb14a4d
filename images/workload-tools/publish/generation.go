package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"syscall"
	"time"
)

const (
	generationPrefix = ".."
	fileMode         = 0o400
	directoryMode    = 0o500
)

var generationName = regexp.MustCompile(`^\.\.[0-9]{1,19}$`)

// Owner is the user and the group every published file belongs to.
type Owner struct{ UID, GID int }

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
func sameGeneration(to, current string, files map[string][]byte, want Owner) bool {
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

func hasOwnerAndMode(path string, want Owner, mode fs.FileMode) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != mode {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == want.UID && int(stat.Gid) == want.GID
}

// writeGeneration fills a new directory. It is nobody's but ours until everything in it is on disk.
func writeGeneration(directory string, files map[string][]byte, to Owner) error {
	if err := os.Mkdir(directory, 0o700); err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(directory, name)
		if err := WriteFile(path, content, fileMode); err != nil {
			return err
		}
		if err := os.Chown(path, to.UID, to.GID); err != nil {
			return err
		}
	}
	if err := os.Chmod(directory, directoryMode); err != nil {
		return err
	}
	if err := os.Chown(directory, to.UID, to.GID); err != nil {
		return err
	}
	return SyncDirectory(directory)
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
