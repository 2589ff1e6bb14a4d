package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const openclawConfig = `{"gateway": {"trustedProxies": ["10.9.9.9/32"], "port": 18789, "big": 12345678901234567890, "secret": "<top-secret>"}, "x": null}`

func TestParseAddresses(t *testing.T) {
	tests := []struct{ name, lines, want, says string }{
		{"one", "10.0.0.1/32\n", "10.0.0.1/32", ""},
		{"several, sorted and once each", "10.0.0.10/32\n10.0.0.9\n10.0.0.9/32", "10.0.0.9/32 10.0.0.10/32", ""},
		{"IPv6", "fd00::1/128\nfd00:0::2\n", "fd00::1/128 fd00::2/128", ""},
		{"space around", " 10.0.0.1/32 \r\n\r\n", "10.0.0.1/32", ""},
		{"none", "", nobody, ""},
		{"empty lines", "\n \n", nobody, ""},
		{"a range", "10.0.0.1/32\n10.0.0.0/31\n", "", `"10.0.0.0/31" is more than one address`},
		{"everybody", "0.0.0.0/0", "", "more than one address"},
		{"an IPv6 range", "fd00::/64", "", "more than one address"},
		{"an IPv6 range that looks like one address", "fd00::1/32", "", "more than one address"},
		{"a name", "guard\n", "", `"guard" is not an address`},
		{"two on a line", "10.0.0.1/32,10.0.0.2/32", "", "is not an address"},
		{"this pod", "127.0.0.1/32", "", "cannot be the address of a pod"},
		{"every interface", "0.0.0.0/32", "", "cannot be the address of a pod"},
		{"mapped", "::ffff:10.0.0.1", "", "cannot be the address of a pod"},
		{"a zone", "fe80::1%eth0", "", "cannot be the address of a pod"},
		{"long", strings.Repeat("x", 1000), "", "is not an address"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, err := parseAddresses([]byte(test.lines))
			if test.says != "" {
				expectError(t, err, test.says)
				if len(err.Error()) > 200 {
					t.Errorf("says too much: %v", err)
				}
				return
			}
			if got := strings.Join(list, " "); err != nil || got != test.want {
				t.Errorf("%q %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestSetList(t *testing.T) {
	tests := []struct{ name, config, path, want, says string }{
		{"replaced", openclawConfig, "gateway.trustedProxies", `{"gateway":{"big":12345678901234567890,"port":18789,"secret":"<top-secret>","trustedProxies":["a"]},"x":null}`, ""},
		{"new key", `{"gateway":{}}`, "gateway.trustedProxies", `{"gateway":{"trustedProxies":["a"]}}`, ""},
		{"at the top", `{}`, "list", `{"list":["a"]}`, ""},
		{"no parent", `{}`, "gateway.trustedProxies", "", "there is no gateway to put trustedProxies into"},
		{"no parent further down", `{"a":{}}`, "a.b.c", "", "there is no a.b to put c into"},
		{"parent is text", `{"gateway":"x"}`, "gateway.trustedProxies", "", "gateway is not an object"},
		{"parent is null", `{"gateway":null}`, "gateway.trustedProxies", "", "gateway is not an object"},
		{"parent is a list", `{"gateway":[]}`, "gateway.trustedProxies", "", "gateway is not an object"},
		{"not a list", `{"gateway":{"trustedProxies":"x"}}`, "gateway.trustedProxies", "", "gateway.trustedProxies is not a list"},
		{"a list at the top", `[]`, "gateway.trustedProxies", "", "not a JSON object"},
		{"half a file", `{"gateway":{`, "gateway.trustedProxies", "", "not JSON"},
		{"empty file", ``, "gateway.trustedProxies", "", "not JSON"},
		{"two objects", `{"gateway":{}}{}`, "gateway.trustedProxies", "", "something follows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := setList([]byte(test.config), test.path, []string{"a"})
			if test.says != "" {
				expectError(t, err, test.says)
				return
			}
			var compact bytes.Buffer
			json.Compact(&compact, got)
			if err != nil || compact.String() != test.want {
				t.Errorf("%s %v, want %s", &compact, err, test.want)
			}
		})
	}
}

// volumes are two directories as kubelet publishes Secrets in them, and the one of the copy.
type volumes struct {
	t *testing.T
	follower
	generation int
}

func newVolumes(t *testing.T) *volumes {
	t.Helper()
	v := &volumes{t: t}
	v.from = filepath.Join(t.TempDir(), "openclaw.json")
	v.addresses = filepath.Join(t.TempDir(), "addresses")
	v.to = filepath.Join(t.TempDir(), "openclaw.json")
	v.list = "gateway.trustedProxies"
	v.publish(v.from, openclawConfig)
	v.publish(v.addresses, "10.0.0.1/32\n")
	return v
}

// publish changes a file the way kubelet does: by swapping the link ..data.
func (v *volumes) publish(path, content string) {
	v.t.Helper()
	v.generation++
	directory, name := filepath.Dir(path), filepath.Base(path)
	generation := fmt.Sprintf("..%d", v.generation)
	must := func(err error) {
		if err != nil && !os.IsExist(err) {
			v.t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(directory, generation), 0o700))
	must(os.WriteFile(filepath.Join(directory, generation, name), []byte(content), 0o400))
	must(os.Symlink(filepath.Join("..data", name), path))
	must(os.Symlink(generation, filepath.Join(directory, "..data_tmp")))
	must(os.Rename(filepath.Join(directory, "..data_tmp"), filepath.Join(directory, "..data")))
}

func (v *volumes) flags() []string {
	return []string{"--from", v.from, "--addresses", v.addresses, "--list", v.list, "--to", v.to}
}

// trusted returns the list in the copy.
func (v *volumes) trusted() string {
	raw, err := os.ReadFile(v.to)
	if err != nil {
		return err.Error()
	}
	var c struct {
		Gateway struct{ TrustedProxies []string }
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		v.t.Fatalf("%s: %v", raw, err)
	}
	return strings.Join(c.Gateway.TrustedProxies, " ")
}

func (v *volumes) expectTrusted(want string) {
	v.t.Helper()
	for started := time.Now(); v.trusted() != want; time.Sleep(time.Millisecond) {
		if time.Since(started) > 30*time.Second {
			v.t.Fatalf("the copy trusts %q, want %q", v.trusted(), want)
		}
	}
}

// lines is a log that two may look at.
type lines struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (l *lines) Write(piece []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(piece)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}

// start follows until the test ends, ten times a second.
func (v *volumes) start() *lines {
	log := &lines{}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { v.follow(ctx, 10*time.Millisecond, &followLog{log}); close(ended) }()
	v.t.Cleanup(func() { stop(); <-ended })
	return log
}

func (v *volumes) inode() uint64 {
	v.t.Helper()
	info, err := os.Lstat(v.to)
	if err != nil {
		v.t.Fatal(err)
	}
	if info.Mode() != 0o440 {
		v.t.Errorf("mode %v, want a regular file with 0440", info.Mode())
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

func TestFollowsBothSources(t *testing.T) {
	v := newVolumes(t)
	log := v.start()
	v.expectTrusted("10.0.0.1/32")
	first := v.inode()
	v.publish(v.addresses, "10.0.0.2/32\n10.0.0.1/32\n")
	v.expectTrusted("10.0.0.1/32 10.0.0.2/32")
	second := v.inode()
	if first == second {
		t.Error("the file was written over instead of replaced, and OpenClaw would not notice")
	}
	v.publish(v.from, strings.Replace(openclawConfig, "18789", "18790", 1))
	for started := time.Now(); ; time.Sleep(time.Millisecond) {
		if raw, _ := os.ReadFile(v.to); strings.Contains(string(raw), "18790") {
			break
		}
		if time.Since(started) > 30*time.Second {
			t.Fatal("does not follow the configuration")
		}
	}
	v.publish(v.addresses, "")
	v.expectTrusted(nobody)
	v.publish(v.addresses, "10.0.0.3/32")
	v.expectTrusted("10.0.0.3/32")
	if err := os.Remove(v.addresses); err != nil {
		t.Fatal(err)
	}
	v.expectTrusted(nobody)
	// It is told after it is done.
	for started := time.Now(); strings.Count(log.String(), "\n") < 6 && time.Since(started) < 30*time.Second; time.Sleep(time.Millisecond) {
	}
	if said := log.String(); strings.Contains(said, "top-secret") || strings.Count(said, `"event":"written"`) != 6 {
		t.Errorf("the log says %s", said)
	}
}

func TestFollowWritesOnlyDifferences(t *testing.T) {
	v := newVolumes(t)
	log := v.start()
	v.expectTrusted("10.0.0.1/32")
	before := v.inode()
	v.publish(v.addresses, "\n10.0.0.1\n10.0.0.1/32\n")
	v.publish(v.from, " "+openclawConfig)
	time.Sleep(200 * time.Millisecond)
	if v.inode() != before || strings.Count(log.String(), "\n") > 1 {
		t.Errorf("written again: %s", log)
	}
	// What somebody else did to the copy is undone.
	os.Remove(v.to)
	if err := os.WriteFile(v.to, []byte(openclawConfig), 0o640); err != nil {
		t.Fatal(err)
	}
	v.expectTrusted("10.0.0.1/32")
	v.inode()
}

func TestFollowKeepsTheLastGoodFile(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(v *volumes)
		says  string
	}{
		{"a range", func(v *volumes) { v.publish(v.addresses, "10.0.0.2/32\n10.0.0.0/8\n") }, "more than one address"},
		{"no address", func(v *volumes) { v.publish(v.addresses, "10.0.0.2/32\n!\n") }, "is not an address"},
		{"a directory of addresses", func(v *volumes) { os.Remove(v.addresses); os.Mkdir(v.addresses, 0o700) }, "--addresses"},
		{"too many addresses", func(v *volumes) { v.publish(v.addresses, strings.Repeat("10.0.0.2/32\n", maxFollowed/12+1)) }, "more than 1 MiB"},
		{"half a configuration", func(v *volumes) { v.publish(v.from, openclawConfig[:40]); v.publish(v.addresses, "10.0.0.2/32") }, "not JSON"},
		{"no configuration", func(v *volumes) { os.Remove(v.from); v.publish(v.addresses, "10.0.0.2/32") }, "no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := newVolumes(t)
			log := v.start()
			v.expectTrusted("10.0.0.1/32")
			before := v.inode()
			test.spoil(v)
			time.Sleep(200 * time.Millisecond)
			if v.trusted() != "10.0.0.1/32" || v.inode() != before {
				t.Errorf("the copy trusts %s", v.trusted())
			}
			events := strings.Split(strings.TrimSpace(log.String()), "\n")
			refusals := slices.DeleteFunc(events, func(line string) bool { return !strings.Contains(line, `"event":"refused"`) })
			// Two, where the test itself needs two steps.
			if len(refusals) < 1 || len(refusals) > 2 || !strings.Contains(refusals[len(refusals)-1], test.says) {
				t.Errorf("the log says %s, want once %q", log, test.says)
			}
			expectError(t, v.check(), test.says)
			os.RemoveAll(v.addresses)
			os.Remove(v.from)
			v.publish(v.from, openclawConfig)
			v.publish(v.addresses, "10.0.0.3/32")
			v.expectTrusted("10.0.0.3/32")
		})
	}
}

func TestFollowCannotWrite(t *testing.T) {
	v := newVolumes(t)
	v.to = filepath.Join(t.TempDir(), "none", "openclaw.json")
	if _, _, err := v.update(); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("no directory: %v", err)
	}
	v.to = filepath.Join(t.TempDir(), "openclaw.json")
	// Left by a run that was killed.
	if err := os.WriteFile(filepath.Join(filepath.Dir(v.to), "..openclaw.json_tmp"), []byte("half"), 0o400); err != nil {
		t.Fatal(err)
	}
	if _, changed, err := v.update(); err != nil || !changed {
		t.Errorf("after a crash: %v %v", changed, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(v.to)); len(entries) != 1 {
		t.Errorf("left over: %v", entries)
	}
}

// A reader sees a whole file at every moment, and one that the sources gave.
func TestFollowNeverShowsHalf(t *testing.T) {
	v := newVolumes(t)
	v.start()
	v.expectTrusted("10.0.0.1/32")
	for i := range 50 {
		v.publish(v.addresses, fmt.Sprintf("10.0.0.%d/32\n", i%2+1))
		for started := time.Now(); time.Since(started) < 10*time.Millisecond; {
			if got := v.trusted(); got != "10.0.0.1/32" && got != "10.0.0.2/32" {
				t.Fatalf("a reader saw %q", got)
			}
		}
	}
}

func TestFollowCheck(t *testing.T) {
	v := newVolumes(t)
	check := func() error { return followCommand(append(v.flags(), "--check"), &bytes.Buffer{}) }
	expectError(t, check(), "not written yet")
	if _, err := os.Lstat(v.to); err == nil {
		t.Error("the check wrote")
	}
	if _, _, err := v.update(); err != nil {
		t.Fatal(err)
	}
	if err := check(); err != nil {
		t.Errorf("applied: %v", err)
	}
	v.publish(v.addresses, "10.0.0.2/32")
	expectError(t, check(), "not what its sources say now")
	if _, _, err := v.update(); err != nil {
		t.Fatal(err)
	}
	os.Chmod(v.to, 0o444)
	expectError(t, check(), "has the mode")
}

func TestFollowStopsOnSignal(t *testing.T) {
	v := newVolumes(t)
	child := exec.Command(os.Args[0], append([]string{"follow"}, v.flags()...)...)
	child.Env = append(os.Environ(), "ZT_TOOLS_CHILD=1")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Process.Kill()
	v.expectTrusted("10.0.0.1/32")
	child.Process.Signal(syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("%v, want exit 0", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("did not stop")
	}
}

func TestFollowUsage(t *testing.T) {
	v := newVolumes(t)
	v.list = "gateway..trustedProxies"
	expectError(t, followCommand(v.flags(), &bytes.Buffer{}), "--list")
	expectError(t, followCommand([]string{"--from", v.from}, &bytes.Buffer{}), "--addresses is required")
}
