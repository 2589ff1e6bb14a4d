package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"zero-trust-openclaw/images/workload-tools/publish"
)

const executableMode = 0o555

// installSelf puts this binary where a workload built from scratch can run it as its health check. A running copy is
// not disturbed: rename leaves the old inode to whoever executes it.
func installSelf(executable, bin string) error {
	content, err := os.ReadFile(executable)
	if err != nil {
		return err
	}
	if err := os.Mkdir(bin, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := os.Chmod(bin, 0o755); err != nil {
		return err
	}
	return placeSelf(content, bin, executableMode)
}

// placeSelf puts this program's content into a directory that is there, as zt-tools.
func placeSelf(content []byte, directory string, mode fs.FileMode) error {
	target, temporary := filepath.Join(directory, "zt-tools"), filepath.Join(directory, "..zt-tools_tmp")
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if sameExecutable(target, content, mode) {
		return nil
	}
	if err := publish.WriteFile(temporary, content, mode); err != nil {
		return err
	}
	if err := os.Rename(temporary, target); err != nil {
		return err
	}
	return publish.SyncDirectory(directory)
}

func sameExecutable(path string, content []byte, mode fs.FileMode) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != mode {
		return false
	}
	installed, err := os.ReadFile(path)
	return err == nil && bytes.Equal(installed, content)
}
