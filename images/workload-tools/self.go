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
	target, temporary := filepath.Join(bin, "zt-tools"), filepath.Join(bin, "..zt-tools_tmp")
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if sameExecutable(target, content) {
		return nil
	}
	if err := publish.WriteFile(temporary, content, executableMode); err != nil {
		return err
	}
	if err := os.Rename(temporary, target); err != nil {
		return err
	}
	return publish.SyncDirectory(bin)
}

func sameExecutable(path string, content []byte) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != executableMode {
		return false
	}
	installed, err := os.ReadFile(path)
	return err == nil && bytes.Equal(installed, content)
}
