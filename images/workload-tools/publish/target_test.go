package publish

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var me = Owner{UID: os.Getuid(), GID: os.Getgid()}

func open(t *testing.T, directory string) *Target {
	t.Helper()
	target, err := Open(directory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		target.Close()
		makeRemovable(directory)
	})
	return target
}

// makeRemovable lets the clean-up of the test delete directories of mode 0500 when it does not run as root.
func makeRemovable(directory string) {
	names, _ := generations(directory)
	for _, name := range names {
		os.Chmod(filepath.Join(directory, name), 0o700)
	}
}

func publish(t *testing.T, target *Target, files map[string]string) Result {
	t.Helper()
	contents := map[string][]byte{}
	for name, content := range files {
		contents[name] = []byte(content)
	}
	result, err := target.Publish(contents, me)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestFiles(t *testing.T) {
	target := open(t, t.TempDir())
	if files, _, err := target.Files(); err != nil || len(files) != 0 {
		t.Errorf("before the first publication: %v, %v", files, err)
	}
	if _, err := target.File("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before the first publication: %v", err)
	}
	for _, content := range []string{"1", "2"} {
		publish(t, target, map[string]string{"a": content, "b": "3"})
		files, owner, err := target.Files()
		if err != nil || len(files) != 2 || string(files["a"]) != content || string(files["b"]) != "3" || owner != me {
			t.Errorf("%s: files %q of %v, error %v", content, files, owner, err)
		}
		if _, err := target.File("c"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file that is not there: %v", err)
		}
	}
}

func TestFilesDoesNotLeaveTheDirectory(t *testing.T) {
	directory := t.TempDir()
	target := open(t, directory)
	publish(t, target, map[string]string{"a": "1"})
	makeRemovable(directory)
	path := filepath.Join(directory, "..data", "a")
	os.Remove(path)
	if err := os.Symlink("/etc/hostname", path); err != nil {
		t.Fatal(err)
	}
	if files, _, err := target.Files(); err == nil {
		t.Errorf("read %q", files)
	}
}

func TestCleanUp(t *testing.T) {
	tests := []struct {
		name      string
		published []string
		want      int
	}{
		{"killed in the first publication", nil, 0},
		{"killed in the second", []string{"1"}, 1},
		{"killed in a later one", []string{"1", "2"}, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			directory := t.TempDir()
			target := open(t, directory)
			for _, content := range test.published {
				publish(t, target, map[string]string{"a": content})
			}
			half := nextGeneration(target.current, time.Now())
			if err := os.Mkdir(filepath.Join(directory, half), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(directory, half, "a"), []byte("n"), 0o400); err != nil {
				t.Fatal(err)
			}
			os.Symlink(half, filepath.Join(directory, "..data_tmp"))
			os.Symlink("..data/a", filepath.Join(directory, "..a_tmp"))
			os.Symlink("elsewhere", filepath.Join(directory, "..other"))

			if err := target.CleanUp(); err != nil {
				t.Fatal(err)
			}
			if names, _ := generations(directory); len(names) != test.want {
				t.Errorf("generations %v, want %d", names, test.want)
			}
			if rest, _ := filepath.Glob(filepath.Join(directory, "*_tmp")); len(rest) > 0 {
				t.Errorf("left over: %v", rest)
			}
			if _, err := os.Lstat(filepath.Join(directory, "..other")); err != nil {
				t.Errorf("a foreign link was removed: %v", err)
			}
			if len(test.published) > 0 {
				last := test.published[len(test.published)-1]
				if content, err := os.ReadFile(filepath.Join(directory, "a")); err != nil || string(content) != last {
					t.Errorf("published is %q (%v), want %q", content, err, last)
				}
			}
		})
	}
}

func TestOpenWaitsForTheOther(t *testing.T) {
	directory := t.TempDir()
	first, err := Open(directory)
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan *Target)
	go func() {
		second, err := Open(directory)
		if err != nil {
			t.Error(err)
		}
		opened <- second
	}()
	select {
	case <-opened:
		t.Fatal("opened while somebody else publishes")
	case <-time.After(100 * time.Millisecond):
	}
	// What the first one publishes meanwhile is what the second one finds.
	publish(t, first, map[string]string{"a": "1"})
	first.Close()
	second := <-opened
	t.Cleanup(func() { second.Close(); makeRemovable(directory) })
	if content, err := second.File("a"); err != nil || string(content) != "1" {
		t.Errorf("found %q (%v)", content, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	directory := t.TempDir()
	if _, err := Open(filepath.Join(directory, "missing")); err == nil || !strings.Contains(err.Error(), "target") {
		t.Errorf("a missing directory: %v", err)
	}
	os.Symlink("/etc", filepath.Join(directory, "..data"))
	if _, err := Open(directory); err == nil || !strings.Contains(err.Error(), "did not make") {
		t.Errorf("a foreign link: %v", err)
	}
}
