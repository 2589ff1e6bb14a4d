package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"
)

const (
	// patience is for a loaded machine.
	patience = 30 * time.Second
	// calm is how long something that must not happen is waited for.
	calm = 700 * time.Millisecond

	guards   = "assistant-application"
	agents   = "assistant-agent"
	selector = "zero-trust-openclaw/workload=guard"
)

// quick is a term that tests can wait for. A lease counts whole seconds.
var quick = term{lease: 2 * time.Second, deadline: time.Second, retry: 200 * time.Millisecond, lookEvery: 300 * time.Millisecond}

// TestMain lets the test binary play the controller in a child process, where it can be signalled and killed.
func TestMain(m *testing.M) {
	if os.Getenv("TRUST_CONTROLLER_CHILD") != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func child(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), "TRUST_CONTROLLER_CHILD=1")
	return command
}

func guardWatch() watch {
	chosen, err := labels.Parse(selector)
	if err != nil {
		panic(err)
	}
	return watch{Namespace: guards, Selector: selector, Secret: object{agents, "openclaw-callers-guard"}, chosen: chosen}
}

func testConfig(t *testing.T) config {
	t.Helper()
	// Not t.TempDir: a unix socket's path may have 108 bytes only.
	directory, err := os.MkdirTemp("", "zt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return config{
		Watches: []watch{guardWatch()},
		Lease:   object{"assistant-management", "trust-controller"},
		Socket:  filepath.Join(directory, "s"),
	}
}

// guard is a running pod of the guard.
func guard(name, address string) *core.Pod {
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: guards, Name: name, UID: types.UID(name), Labels: map[string]string{"zero-trust-openclaw/workload": "guard"}},
		Status:     core.PodStatus{Phase: core.PodRunning, PodIP: address, HostIP: "172.16.0.1"},
	}
}

func emptySecret() *core.Secret {
	return &core.Secret{ObjectMeta: meta.ObjectMeta{Namespace: agents, Name: "openclaw-callers-guard"}, Data: map[string][]byte{"other": []byte("kept")}}
}

// cluster is a stand-in for an API server.
type cluster struct {
	t *testing.T
	*fake.Clientset
	mu      sync.Mutex
	answers map[string]func() (bool, error)
}

func newCluster(t *testing.T, pods ...*core.Pod) *cluster {
	t.Helper()
	c := &cluster{t: t, Clientset: fake.NewClientset(emptySecret()), answers: map[string]func() (bool, error){}}
	// The stand-in itself must not be given another one while it runs.
	c.PrependReactor("*", "*", func(action k8stesting.Action) (bool, runtime.Object, error) {
		c.mu.Lock()
		reaction := c.answers[action.GetVerb()+" "+action.GetResource().Resource]
		c.mu.Unlock()
		if reaction == nil {
			return false, nil, nil
		}
		refused, err := reaction()
		return refused, nil, err
	})
	for _, pod := range pods {
		c.add(pod)
	}
	return c
}

func (c *cluster) add(pod *core.Pod) {
	c.t.Helper()
	if _, err := c.CoreV1().Pods(pod.Namespace).Create(c.t.Context(), pod, meta.CreateOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) update(pod *core.Pod) {
	c.t.Helper()
	if _, err := c.CoreV1().Pods(pod.Namespace).Update(c.t.Context(), pod, meta.UpdateOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) remove(name string) {
	c.t.Helper()
	if err := c.CoreV1().Pods(guards).Delete(c.t.Context(), name, meta.DeleteOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) write(content string) {
	c.t.Helper()
	secret := emptySecret()
	secret.Data[addressesKey] = []byte(content)
	if _, err := c.CoreV1().Secrets(agents).Update(c.t.Context(), secret, meta.UpdateOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

// written returns what the Secret holds, and whether it holds it.
func (c *cluster) written() (string, bool) {
	c.t.Helper()
	secret, err := c.Tracker().Get(core.SchemeGroupVersion.WithResource("secrets"), agents, "openclaw-callers-guard")
	if err != nil {
		return "", false
	}
	found, there := secret.(*core.Secret).Data[addressesKey]
	return string(found), there
}

func (c *cluster) expectWritten(want string) {
	c.t.Helper()
	started := time.Now()
	eventually(c.t, func() bool { found, there := c.written(); return there && found == want }, func() string {
		found, there := c.written()
		return "the Secret holds " + found + ", want " + want + map[bool]string{false: " (no key)"}[there]
	})
	if took := time.Since(started); took > time.Second {
		c.t.Logf("took %s", took)
	}
}

// expectStays checks that nothing is written for a while.
func (c *cluster) expectStays(want string) {
	c.t.Helper()
	for started := time.Now(); time.Since(started) < calm; time.Sleep(10 * time.Millisecond) {
		if found, _ := c.written(); found != want {
			c.t.Fatalf("the Secret holds %q, want it to stay %q", found, want)
		}
	}
}

func (c *cluster) patches() int {
	return c.count("patch", "secrets")
}

func (c *cluster) count(verb, resource string) int {
	found := 0
	for _, action := range c.Actions() {
		if action.Matches(verb, resource) {
			found++
		}
	}
	return found
}

// answer makes the API server answer by `reaction` until its result is false.
func (c *cluster) answer(verb, resource string, reaction func() (bool, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[verb+" "+resource] = reaction
}

// replica is one running controller.
type replica struct {
	t      *testing.T
	config config
	stop   context.CancelFunc
	ended  chan error
	log    *logbook
}

// begin runs a controller in this process until the test ends, and waits until it watches.
func begin(t *testing.T, c *cluster) *replica {
	t.Helper()
	before := c.count("watch", "pods")
	r := beginUnready(t, c)
	r.waitReady()
	// The stand-in forgets what happens between a list and a watch.
	eventually(t, func() bool { return c.count("watch", "pods") > before }, func() string { return "nobody watches the pods" })
	return r
}

func beginUnready(t *testing.T, c *cluster) *replica {
	t.Helper()
	return beginWith(t, c, quick)
}

func beginWith(t *testing.T, c *cluster, term term) *replica {
	t.Helper()
	r := &replica{t: t, config: testConfig(t), ended: make(chan error, 1), log: &logbook{}}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	go func() { r.ended <- serve(ctx, r.config, clients{c, c}, term, r.log) }()
	t.Cleanup(func() {
		r.stop()
		select {
		case <-r.ended:
		case <-time.After(patience):
			t.Error("does not end")
		}
	})
	return r
}

func (r *replica) waitReady() {
	r.t.Helper()
	eventually(r.t, func() bool { return strings.Contains(r.health(), `"ready":true`) }, func() string { return "not ready: " + r.health() })
}

func (r *replica) health() string {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", r.config.Socket)
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: patience}
	response, err := client.Get("http://localhost/healthz")
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	var body bytes.Buffer
	body.ReadFrom(response.Body)
	if ready := strings.Contains(body.String(), `"ready":true`); ready != (response.StatusCode == http.StatusOK) {
		r.t.Errorf("status %d with %s", response.StatusCode, &body)
	}
	return body.String()
}

func (r *replica) leads() bool { return strings.Contains(r.health(), `"leading":true`) }

// expectEnds returns why it ended by itself.
func (r *replica) expectEnds() error {
	r.t.Helper()
	select {
	case err := <-r.ended:
		r.ended <- err
		return err
	case <-time.After(patience):
		r.t.Fatal("goes on")
		return nil
	}
}

// logbook collects events. What a process writes comes in pieces that are no lines.
type logbook struct {
	mu     sync.Mutex
	rest   []byte
	events []event
}

func (l *logbook) Write(piece []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, piece...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(piece), nil
		}
		l.rest = rest
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return 0, err
		}
		l.events = append(l.events, e)
	}
}

func (l *logbook) named(name string) []event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.events), func(e event) bool { return e.Event != name })
}

// expect waits for an event and checks what it says.
func (l *logbook) expect(t *testing.T, name, says string) event {
	t.Helper()
	eventually(t, func() bool { return len(l.named(name)) > 0 }, func() string { return "no event " + name })
	found := l.named(name)[0]
	if text := strings.Join([]string{found.Pod, found.Reason}, " "); !strings.Contains(text, says) {
		t.Errorf("event %s says %q, want %q", name, text, says)
	}
	return found
}

func eventually(t *testing.T, good func() bool, problem func() string) {
	t.Helper()
	for started := time.Now(); !good(); time.Sleep(10 * time.Millisecond) {
		if time.Since(started) > patience {
			t.Fatal(problem())
		}
	}
}

// expectExit also checks that a failure is told in one line, followed by the usage if that was wrong.
func expectExit(t *testing.T, args []string, want int, says string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, &stdout, &stderr); code != want {
		t.Fatalf("%v: exit %d, want %d: %s", args, code, want, stderr.String())
	}
	if !strings.Contains(stderr.String(), says) {
		t.Errorf("%v: %q does not say %q", args, stderr.String(), says)
	}
	if lines := strings.Count(strings.TrimSuffix(stderr.String(), usage), "\n"); lines != 1 {
		t.Errorf("%v: reason is not one line: %q", args, stderr.String())
	}
}
