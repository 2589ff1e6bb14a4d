package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPut(t *testing.T) {
	tests := []struct {
		name, content string
		changed       bool
	}{
		{"new content", "3", true},
		{"empty content", "", true},
		{"the largest content", strings.Repeat("x", maxPut), true},
		{"the same content", "1", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSandbox(t)
			s.install(map[string]string{"a": "1", "b": "2"})
			var stdout bytes.Buffer
			if err := putCommand([]string{"--to", s.to, "--name", "a"}, strings.NewReader(test.content), &stdout); err != nil {
				t.Fatal(err)
			}
			s.expectPublished(map[string]string{"a": test.content, "b": "2"})
			var result installResult
			if err := json.Unmarshal(stdout.Bytes(), &result); err != nil || result.Installed != 2 || result.Changed != test.changed {
				t.Errorf("printed %q (%v), want changed %v", stdout.String(), err, test.changed)
			}
			if target, _ := os.Readlink(filepath.Join(s.to, "..data")); target != ".."+result.Generation {
				t.Errorf("..data points to %q, want ..%s", target, result.Generation)
			}
		})
	}
}

func TestPutRefuses(t *testing.T) {
	tests := []struct{ name, file, content, want string }{
		{"a file that was not installed", "c", "3", "not among the files"},
		{"a file outside", "../a", "3", "not among the files"},
		{"the binary's folder", "bin", "3", "not among the files"},
		{"too much", "a", strings.Repeat("x", maxPut+1), "more than 1 MiB"},
		{"no name", "", "3", "--name is required"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSandbox(t)
			s.install(map[string]string{"a": "1", "b": "2"})
			err := putCommand([]string{"--to", s.to, "--name", test.file}, strings.NewReader(test.content), &bytes.Buffer{})
			expectError(t, err, test.want)
			s.expectPublished(map[string]string{"a": "1", "b": "2"})
		})
	}
	t.Run("nothing installed", func(t *testing.T) {
		err := putCommand([]string{"--to", t.TempDir(), "--name", "a"}, strings.NewReader("3"), &bytes.Buffer{})
		expectError(t, err, "not among the files")
	})
}

func TestPutCleansUpAfterCrash(t *testing.T) {
	s := newSandbox(t)
	s.install(map[string]string{"a": "1"})
	os.Symlink(halfWritten(t, s), filepath.Join(s.to, "..data_tmp"))
	if _, err := put(s.to, "a", []byte("2")); err != nil {
		t.Fatal(err)
	}
	s.expectPublished(map[string]string{"a": "2"})
	if len(generationsOf(s.to)) != 2 {
		t.Errorf("entries %v, want two generations", s.entries())
	}
	if rest, _ := filepath.Glob(filepath.Join(s.to, "*_tmp")); len(rest) > 0 {
		t.Errorf("left over: %v", rest)
	}
}

func TestPutPrintsNoContents(t *testing.T) {
	s := newSandbox(t)
	s.install(map[string]string{"a": "1"})
	var stdout bytes.Buffer
	if err := putCommand([]string{"--to", s.to, "--name", "a"}, strings.NewReader("top-secret"), &stdout); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stdout.String(), "top-secret") {
		t.Error("the content was printed")
	}
}
