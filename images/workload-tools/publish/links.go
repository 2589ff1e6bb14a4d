package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	dataLink        = "..data"
	temporarySuffix = "_tmp"
)

// replaceLink points a link somewhere else in one step, so that it never fails to resolve.
func replaceLink(to, name, target string) error {
	temporary := filepath.Join(to, temporaryName(name))
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, filepath.Join(to, name)); err != nil {
		return err
	}
	return SyncDirectory(to)
}

// temporaryName starts with two dots, which no published name does.
func temporaryName(name string) string {
	return ".." + strings.TrimPrefix(name, "..") + temporarySuffix
}

// checkLinks refuses to replace anything but a link of ours.
func checkLinks(to string, files map[string][]byte) error {
	for name := range files {
		path := filepath.Join(to, name)
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return fmt.Errorf("%s is in the way: it is not a link made by this tool", path)
		}
	}
	return nil
}

// syncLinks makes one link per file through ..data and removes the links of files that are gone.
func syncLinks(to string, files map[string][]byte) (changed bool, err error) {
	for name := range files {
		target := filepath.Join(dataLink, name)
		if existing, err := os.Readlink(filepath.Join(to, name)); err == nil && existing == target {
			continue
		}
		if err := replaceLink(to, name, target); err != nil {
			return changed, err
		}
		changed = true
	}
	entries, err := os.ReadDir(to)
	if err != nil {
		return changed, err
	}
	for _, entry := range entries {
		if _, wanted := files[entry.Name()]; wanted || entry.Type()&fs.ModeSymlink == 0 {
			continue
		}
		target, err := os.Readlink(filepath.Join(to, entry.Name()))
		if err != nil {
			return changed, err
		}
		if !strings.HasPrefix(target, dataLink+"/") {
			continue
		}
		if err := os.Remove(filepath.Join(to, entry.Name())); err != nil {
			return changed, err
		}
		// A temporary link of a crashed run was never visible to anybody.
		changed = changed || !strings.HasPrefix(entry.Name(), "..")
	}
	return changed, SyncDirectory(to)
}

// removeTemporaryLinks removes what a crashed run was about to rename. Nobody ever saw it.
func removeTemporaryLinks(to string) error {
	entries, err := os.ReadDir(to)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Type()&fs.ModeSymlink == 0 || !strings.HasPrefix(entry.Name(), "..") || !strings.HasSuffix(entry.Name(), temporarySuffix) {
			continue
		}
		if err := os.Remove(filepath.Join(to, entry.Name())); err != nil {
			return err
		}
	}
	return SyncDirectory(to)
}
