package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestGiveDirectories(t *testing.T) {
	volume := t.TempDir()
	kept := filepath.Join(volume, "kept")
	if err := os.WriteFile(kept, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	me := owner{uid: os.Getuid(), gid: os.Getgid()}
	if err := giveDirectories([]string{volume}, me); err != nil {
		t.Fatal(err)
	}
	if !hasOwnerAndMode(volume, me, os.ModeDir|0o700) {
		t.Error("the directory has another owner or mode")
	}
	if !hasOwnerAndMode(kept, me, 0o644) {
		t.Error("a file inside was touched")
	}
	expectError(t, giveDirectories([]string{kept}, me), "is not a directory")
	expectError(t, giveDirectories([]string{filepath.Join(volume, "missing")}, me), "no such file")
}
