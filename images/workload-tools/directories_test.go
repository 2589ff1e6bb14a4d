package main

import (
	"os"
	"path/filepath"
	"testing"

	"zero-trust-openclaw/images/workload-tools/publish"
)

func TestGiveDirectories(t *testing.T) {
	volume := t.TempDir()
	kept := filepath.Join(volume, "kept")
	if err := os.WriteFile(kept, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	me := publish.Owner{UID: os.Getuid(), GID: os.Getgid()}
	if err := giveDirectories([]string{volume}, me); err != nil {
		t.Fatal(err)
	}
	expectOwnerAndMode(t, volume, me, os.ModeDir|0o700)
	expectOwnerAndMode(t, kept, me, 0o644)
	expectError(t, giveDirectories([]string{kept}, me), "is not a directory")
	expectError(t, giveDirectories([]string{filepath.Join(volume, "missing")}, me), "no such file")
}
