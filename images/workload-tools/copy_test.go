package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestCopy(t *testing.T) {
	directory := t.TempDir()
	target := filepath.Join(directory, "zt-tools")
	// Left by a copy that was killed.
	if err := os.WriteFile(filepath.Join(directory, "..zt-tools_tmp"), []byte("half"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, []byte("old"), 0o755); err != nil {
		t.Fatal(err)
	}
	old, err := os.Open(target)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	for range 2 {
		if err := copyCommand([]string{"--to", directory}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(target)
		if err != nil || info.Mode() != 0o755 {
			t.Fatalf("mode %v %v, want 0755", info.Mode(), err)
		}
		// Whoever ran the old one still does.
		if before, _ := old.Stat(); before.Size() != 3 {
			t.Error("the old file was written over")
		}
	}
	copied := exec.Command(target, "probe", "tcp", "--address", "127.0.0.1:1")
	copied.Env = append(os.Environ(), "ZT_TOOLS_CHILD=1")
	if err := copied.Run(); err == nil || copied.ProcessState.ExitCode() != 1 {
		t.Errorf("the copy ends with %v, want exit 1", err)
	}
	if entries, _ := os.ReadDir(directory); len(entries) != 1 {
		t.Errorf("left over: %v", entries)
	}
}

func TestCopyRefuses(t *testing.T) {
	expectError(t, copyCommand(nil), "--to is required")
	expectError(t, copyCommand([]string{"--to", filepath.Join(t.TempDir(), "none")}), "mount a volume there")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	expectError(t, copyCommand([]string{"--to", file}), "not a directory")
}
