package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"zero-trust-openclaw/images/workload-tools/publish"
)

// sandbox is a staging directory and a target volume. As root the files get a foreign owner, as in production.
type sandbox struct {
	t          *testing.T
	stage, to  string
	executable string
	uid, gid   int
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	s := &sandbox{t: t, stage: t.TempDir(), to: t.TempDir(), uid: os.Getuid(), gid: os.Getgid()}
	if s.uid == 0 {
		s.uid, s.gid = 101, 102
	}
	s.executable = filepath.Join(s.stage, "self")
	s.write(s.executable, "binary")
	t.Cleanup(func() { makeRemovable(s.to) })
	return s
}

// makeRemovable lets the clean-up of the test delete directories of mode 0500 when it does not run as root.
func makeRemovable(root string) {
	for _, generation := range generationsOf(root) {
		os.Chmod(generation, 0o700)
	}
}

func generationsOf(root string) []string {
	found, _ := filepath.Glob(filepath.Join(root, "..[0-9]*"))
	return found
}

func (s *sandbox) write(path, content string) {
	s.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *sandbox) tryInstall(files map[string]string) (*installResult, error) {
	s.t.Helper()
	return s.tryInstallWith(files, func(*manifest) {})
}

// tryInstallWith lets a test change the manifest before it is installed.
func (s *sandbox) tryInstallWith(files map[string]string, change func(*manifest)) (*installResult, error) {
	s.t.Helper()
	m := manifest{UID: &s.uid, GID: &s.gid, Files: []manifestFile{}}
	for name, content := range files {
		from := filepath.Join(s.stage, fmt.Sprint(len(m.Files)))
		s.write(from, content)
		m.Files = append(m.Files, manifestFile{Name: name, From: from})
	}
	change(&m)
	raw, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.stage, "manifest.json")
	s.write(path, string(raw))
	return install(path, s.to, s.executable)
}

func (s *sandbox) install(files map[string]string) *installResult {
	s.t.Helper()
	result, err := s.tryInstall(files)
	if err != nil {
		s.t.Fatalf("install: %v", err)
	}
	return result
}

// expectPublished checks what a reader sees: exactly these files, through links, with owner and modes.
func (s *sandbox) expectPublished(files map[string]string) {
	s.t.Helper()
	for name, want := range files {
		path := filepath.Join(s.to, name)
		if target, err := os.Readlink(path); err != nil || target != "..data/"+name {
			s.t.Errorf("%s links to %q (%v)", name, target, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			s.t.Errorf("%s holds %q (%v), want %q", name, got, err, want)
		}
		expectOwnerAndMode(s.t, path, publish.Owner{UID: s.uid, GID: s.gid}, 0o400)
	}
	expectOwnerAndMode(s.t, filepath.Join(s.to, "..data"), publish.Owner{UID: s.uid, GID: s.gid}, fs.ModeDir|0o500)
	var visible []string
	for _, entry := range s.entries() {
		if !strings.HasPrefix(entry, "..") && entry != "bin" {
			visible = append(visible, entry)
		}
	}
	if len(visible) != len(files) {
		s.t.Errorf("visible entries %v, want %d", visible, len(files))
	}
}

func expectOwnerAndMode(t *testing.T, path string, owner publish.Owner, mode fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	if info.Mode() != mode || int(stat.Uid) != owner.UID || int(stat.Gid) != owner.GID {
		t.Errorf("%s: %v %d:%d, want %v %d:%d", path, info.Mode(), stat.Uid, stat.Gid, mode, owner.UID, owner.GID)
	}
}

func (s *sandbox) entries() []string {
	s.t.Helper()
	entries, err := os.ReadDir(s.to)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	sort.Strings(names)
	return names
}

func TestInstallPublishes(t *testing.T) {
	s := newSandbox(t)
	files := map[string]string{"tls.crt": "certificate", "tls.key": "key", "empty": ""}
	result := s.install(files)
	s.expectPublished(files)
	if result.Installed != 3 || !result.Changed || result.Generation == "" {
		t.Errorf("result %+v", result)
	}
	if target, _ := os.Readlink(filepath.Join(s.to, "..data")); target != ".."+result.Generation {
		t.Errorf("..data points to %q, want ..%s", target, result.Generation)
	}
	info, err := os.Stat(filepath.Join(s.to, "bin", "zt-tools"))
	if err != nil || info.Mode() != 0o555 {
		t.Errorf("bin/zt-tools: %v %v", info, err)
	}
}

func TestInstallChanges(t *testing.T) {
	before := map[string]string{"a": "1", "b": "2"}
	tests := []struct {
		name    string
		after   map[string]string
		between func(*sandbox)
		changed bool
	}{
		{"nothing", before, nil, false},
		{"content", map[string]string{"a": "1", "b": "3"}, nil, true},
		{"contents swapped", map[string]string{"a": "2", "b": "1"}, nil, true},
		{"file added", map[string]string{"a": "1", "b": "2", "c": "3"}, nil, true},
		{"file removed", map[string]string{"a": "1"}, nil, true},
		{"file renamed", map[string]string{"a": "1", "z": "2"}, nil, true},
		{"all files removed", map[string]string{}, nil, true},
		{"mode tampered with", before, func(s *sandbox) { os.Chmod(filepath.Join(s.to, "a"), 0o444) }, true},
		{"directory mode tampered with", before, func(s *sandbox) { os.Chmod(filepath.Join(s.to, "..data"), 0o755) }, true},
		{"link removed", before, func(s *sandbox) { os.Remove(filepath.Join(s.to, "a")) }, true},
		{"link turned elsewhere", before, func(s *sandbox) {
			os.Remove(filepath.Join(s.to, "a"))
			os.Symlink("/etc/passwd", filepath.Join(s.to, "a"))
		}, true},
		{"generation lost", before, func(s *sandbox) {
			makeRemovable(s.to)
			target, _ := os.Readlink(filepath.Join(s.to, "..data"))
			os.RemoveAll(filepath.Join(s.to, target))
		}, true},
		{"foreign entries stay", before, func(s *sandbox) { os.Symlink("/dev/null", filepath.Join(s.to, "..other")) }, false},
		{"owner", before, func(s *sandbox) {
			if os.Getuid() != 0 {
				s.t.Skip("needs root")
			}
			s.uid = 103
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSandbox(t)
			first := s.install(before)
			if test.between != nil {
				test.between(s)
			}
			second := s.install(test.after)
			s.expectPublished(test.after)
			if second.Changed != test.changed {
				t.Errorf("changed %v, want %v", second.Changed, test.changed)
			}
			if !test.changed && second.Generation != first.Generation {
				t.Errorf("generation moved from %s to %s", first.Generation, second.Generation)
			}
		})
	}
}

func TestInstallKeepsOnePreviousGeneration(t *testing.T) {
	s := newSandbox(t)
	var last, previous string
	for i := range 4 {
		previous = last
		last = s.install(map[string]string{"a": fmt.Sprint(i)}).Generation
	}
	s.install(map[string]string{"a": "3"})
	if len(generationsOf(s.to)) != 2 {
		t.Fatalf("entries %v, want two generations", s.entries())
	}
	old, err := os.ReadFile(filepath.Join(s.to, ".."+previous, "a"))
	if err != nil || string(old) != "2" {
		t.Errorf("previous generation holds %q (%v), want the one before", old, err)
	}
}

// A run that dies leaves the old generation published; the next run cleans up after it.
func TestInstallAfterCrash(t *testing.T) {
	before := map[string]string{"a": "old"}
	leftovers := []struct {
		name  string
		crash func(t *testing.T, s *sandbox)
	}{
		{"half-written generation", func(t *testing.T, s *sandbox) { halfWritten(t, s) }},
		{"generation with links not yet moved", func(t *testing.T, s *sandbox) {
			os.Symlink(halfWritten(t, s), filepath.Join(s.to, "..data_tmp"))
		}},
		{"dangling temporary data link", func(t *testing.T, s *sandbox) {
			os.Symlink("..1", filepath.Join(s.to, "..data_tmp"))
		}},
		{"temporary file link", func(t *testing.T, s *sandbox) {
			os.Symlink("..data/a", filepath.Join(s.to, "..a_tmp"))
		}},
		{"half-written binary", func(t *testing.T, s *sandbox) {
			s.write(filepath.Join(s.to, "bin", "..zt-tools_tmp"), "bin")
		}},
	}
	for _, leftover := range leftovers {
		for _, after := range []string{"old", "new"} {
			t.Run(leftover.name+", then "+after, func(t *testing.T) {
				s := newSandbox(t)
				s.install(before)
				leftover.crash(t, s)
				s.expectPublished(before)

				result := s.install(map[string]string{"a": after})
				s.expectPublished(map[string]string{"a": after})
				if result.Changed != (after == "new") {
					t.Errorf("changed %v", result.Changed)
				}
				want := map[string]int{"old": 1, "new": 2}[after]
				if len(generationsOf(s.to)) != want {
					t.Errorf("entries %v, want %d generations", s.entries(), want)
				}
				for _, directory := range []string{s.to, filepath.Join(s.to, "bin")} {
					if rest, _ := filepath.Glob(filepath.Join(directory, "*_tmp")); len(rest) > 0 {
						t.Errorf("left over: %v", rest)
					}
				}
			})
		}
	}
}

// halfWritten is what a run leaves that died while writing: a newer directory nothing points to.
func halfWritten(t *testing.T, s *sandbox) string {
	t.Helper()
	name := fmt.Sprintf("..%d", time.Now().UnixNano())
	if err := os.Mkdir(filepath.Join(s.to, name), 0o700); err != nil {
		t.Fatal(err)
	}
	s.write(filepath.Join(s.to, name, "a"), "n")
	return name
}

// A crash between the rename of ..data and the links is finished by the next run, even with nothing new to publish.
func TestInstallFinishesLinks(t *testing.T) {
	s := newSandbox(t)
	files := map[string]string{"a": "1", "b": "2"}
	s.install(files)
	os.Remove(filepath.Join(s.to, "b"))
	os.Symlink("..data/gone", filepath.Join(s.to, "gone"))
	if result := s.install(files); !result.Changed {
		t.Error("repair not reported as a change")
	}
	s.expectPublished(files)
}

func TestInstallRefuses(t *testing.T) {
	tests := []struct {
		name, want string
		arrange    func(*sandbox)
	}{
		{"a file in the way", "in the way", func(s *sandbox) { s.write(filepath.Join(s.to, "a"), "mine") }},
		{"a foreign data link", "did not make", func(s *sandbox) { os.Symlink("/etc", filepath.Join(s.to, "..data")) }},
		{"a missing target", "target", func(s *sandbox) { s.to = filepath.Join(s.to, "missing") }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSandbox(t)
			test.arrange(s)
			_, err := s.tryInstall(map[string]string{"a": "1"})
			expectError(t, err, test.want)
		})
	}
}

func TestInstallMissingSourceChangesNothing(t *testing.T) {
	s := newSandbox(t)
	s.install(map[string]string{"a": "1"})
	before := s.entries()
	path := filepath.Join(s.stage, "manifest.json")
	s.write(path, fmt.Sprintf(`{"uid":%d,"gid":%d,"files":[{"name":"a","from":"/nowhere/0"}]}`, s.uid, s.gid))
	_, err := install(path, s.to, s.executable)
	expectError(t, err, `file "a"`)
	if after := s.entries(); strings.Join(before, " ") != strings.Join(after, " ") {
		t.Errorf("entries changed from %v to %v", before, after)
	}
	s.expectPublished(map[string]string{"a": "1"})
}

func TestInstallReplacesOwnBinary(t *testing.T) {
	s := newSandbox(t)
	s.install(map[string]string{})
	s.write(s.executable, "new binary")
	s.install(map[string]string{})
	got, err := os.ReadFile(filepath.Join(s.to, "bin", "zt-tools"))
	if err != nil || string(got) != "new binary" {
		t.Errorf("binary holds %q (%v)", got, err)
	}
}

func TestInstallPrintsNoContents(t *testing.T) {
	s := newSandbox(t)
	s.install(map[string]string{"key": "top-secret"})
	var stdout, stderr bytes.Buffer
	if code := run([]string{"install", "--manifest", filepath.Join(s.stage, "manifest.json"), "--to", s.to}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	if strings.Contains(stdout.String()+stderr.String(), "top-secret") {
		t.Error("a content was printed")
	}
	var result installResult
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil || result.Installed != 1 || result.Changed {
		t.Errorf("printed %q (%v)", stdout.String(), err)
	}
}
