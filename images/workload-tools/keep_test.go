package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func keeping(name string) func(*manifest) {
	return func(m *manifest) {
		for i := range m.Files {
			m.Files[i].Keep = m.Files[i].Name == name
		}
	}
}

func TestInstallKeeps(t *testing.T) {
	staged := map[string]string{"state": "initial", "other": "new"}
	tests := []struct {
		name    string
		before  map[string]string
		want    map[string]string
		changed bool
	}{
		{"nothing published yet", nil, staged, true},
		{"file not there yet", map[string]string{"other": "old"}, staged, true},
		{"file there", map[string]string{"state": "later", "other": "old"}, map[string]string{"state": "later", "other": "new"}, true},
		{"empty file there", map[string]string{"state": "", "other": "old"}, map[string]string{"state": "", "other": "new"}, true},
		{"nothing else to change", map[string]string{"state": "later", "other": "new"}, map[string]string{"state": "later", "other": "new"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSandbox(t)
			if test.before != nil {
				s.install(test.before)
			}
			result, err := s.tryInstallWith(staged, keeping("state"))
			if err != nil {
				t.Fatal(err)
			}
			s.expectPublished(test.want)
			if result.Changed != test.changed {
				t.Errorf("changed %v, want %v", result.Changed, test.changed)
			}
		})
	}
}

// The mark is about the content alone: a new owner gets the file, and a mode tampered with is mended.
func TestInstallKeepsContentOnly(t *testing.T) {
	s := newSandbox(t)
	s.install(map[string]string{"state": "later"})
	os.Chmod(filepath.Join(s.to, "state"), 0o644)
	if s.uid == 101 {
		s.uid = 103
	}
	if _, err := s.tryInstallWith(map[string]string{"state": "initial"}, keeping("state")); err != nil {
		t.Fatal(err)
	}
	s.expectPublished(map[string]string{"state": "later"})
}

// The owner of the files must not make the installer, which is root, read what is not theirs, nor wait for ever.
func TestInstallKeepsNoForeignFile(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("top-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, want string
		replace    func(path string) error
	}{
		{"a link out of the directory", "cannot be kept", func(path string) error { return os.Symlink(secret, path) }},
		{"a pipe", "not a regular file", func(path string) error { return syscall.Mkfifo(path, 0o600) }},
		{"a directory", "not a regular file", func(path string) error { return os.Mkdir(path, 0o700) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSandbox(t)
			s.install(map[string]string{"state": "later"})
			makeRemovable(s.to)
			path := filepath.Join(s.to, "..data", "state")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := test.replace(path); err != nil {
				t.Fatal(err)
			}
			_, err := s.tryInstallWith(map[string]string{"state": "initial"}, keeping("state"))
			expectError(t, err, test.want)
		})
	}
}
