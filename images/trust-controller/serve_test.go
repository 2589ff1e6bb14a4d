package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8stesting "k8s.io/client-go/testing"
)

func TestFollowsThePods(t *testing.T) {
	c := newCluster(t, guard("a", "10.0.0.1"))
	r := begin(t, c)
	c.expectWritten("10.0.0.1/32\n")
	if said := r.log.expect(t, "changed", ""); len(said.Old) != 0 || !slices.Equal(said.New, []string{"10.0.0.1/32"}) || said.Secret != "assistant-agent/openclaw-callers-guard" {
		t.Errorf("the log says %+v", said)
	}

	starting := guard("b", "")
	starting.Status.Phase = core.PodPending
	c.add(starting)
	c.expectStays("10.0.0.1/32\n")
	c.update(guard("b", "10.0.0.2"))
	c.expectWritten("10.0.0.1/32\n10.0.0.2/32\n")

	leaving := guard("a", "10.0.0.1")
	now := meta.Now()
	leaving.DeletionTimestamp = &now
	c.update(leaving)
	c.expectStays("10.0.0.1/32\n10.0.0.2/32\n")
	c.remove("a")
	c.expectWritten("10.0.0.2/32\n")

	// The pod stays, its sandbox was made anew.
	c.update(guard("b", "10.0.0.3"))
	c.expectWritten("10.0.0.3/32\n")

	other := guard("stranger", "10.0.0.2")
	other.Labels = map[string]string{"zero-trust-openclaw/workload": "agent"}
	c.add(other)
	c.expectStays("10.0.0.3/32\n")

	held := guard("b", "10.0.0.3")
	held.Labels[quarantineLabel] = "true"
	c.update(held)
	c.expectWritten("")
	r.log.expect(t, "ignored", "quarantine")
	c.update(guard("b", "10.0.0.3"))
	c.expectWritten("10.0.0.3/32\n")

	host := guard("host", "172.16.0.1")
	host.Spec.HostNetwork = true
	c.add(host)
	c.expectStays("10.0.0.3/32\n")
	if told := r.log.named("ignored"); len(told) != 2 || told[1].Pod != "host" {
		t.Errorf("ignored: %+v, want each told once", told)
	}
	// What changes nothing is not asked about: only the looks of every 300 ms are left.
	before, started := c.count("get", "secrets"), time.Now()
	for range 100 {
		c.update(guard("b", "10.0.0.3"))
		time.Sleep(2 * time.Millisecond)
	}
	if looks := c.count("get", "secrets") - before; looks > 2+int(time.Since(started)/quick.lookEvery) {
		t.Errorf("looked %d times at the Secret", looks)
	}
	if kept := c.other(); kept != "kept" {
		t.Errorf("another key holds %q", kept)
	}
}

func (c *cluster) other() string {
	secret, err := c.CoreV1().Secrets(agents).Get(c.t.Context(), "openclaw-callers-guard", meta.GetOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	return string(secret.Data["other"])
}

// Each kind of change is told by itself, without a look at the Secret for another reason.
func TestWritesAtOnce(t *testing.T) {
	c := newCluster(t, guard("a", "10.0.0.1"))
	patient := quick
	patient.lookEvery = time.Hour
	beginWith(t, c, patient)
	c.expectWritten("10.0.0.1/32\n")
	eventually(t, func() bool { return c.count("watch", "pods") > 0 }, func() string { return "nobody watches the pods" })
	c.add(guard("b", "10.0.0.2"))
	c.expectWritten("10.0.0.1/32\n10.0.0.2/32\n")
	c.update(guard("b", "10.0.0.3"))
	c.expectWritten("10.0.0.1/32\n10.0.0.3/32\n")
	c.remove("a")
	c.expectWritten("10.0.0.3/32\n")
}

func TestWritesOneKeyAndOnlyDifferences(t *testing.T) {
	c := newCluster(t, guard("a", "10.0.0.1"))
	c.write("10.0.0.1/32\n")
	begin(t, c)
	c.expectStays("10.0.0.1/32\n")
	if c.patches() != 0 {
		t.Errorf("%d patches, want none", c.patches())
	}
	c.add(guard("b", "10.0.0.2"))
	c.expectWritten("10.0.0.1/32\n10.0.0.2/32\n")
	c.expectStays("10.0.0.1/32\n10.0.0.2/32\n")
	if c.patches() != 1 {
		t.Errorf("%d patches, want 1", c.patches())
	}
	for _, action := range c.Actions() {
		if patch, ok := action.(k8stesting.PatchActionImpl); ok {
			if want := `{"data":{"addresses":"MTAuMC4wLjEvMzIKMTAuMC4wLjIvMzIK"}}`; string(patch.Patch) != want {
				t.Errorf("patch %s, want %s", patch.Patch, want)
			}
			if patch.PatchOptions.FieldManager != "trust-controller" {
				t.Errorf("field manager %q", patch.PatchOptions.FieldManager)
			}
		}
	}
}

func TestRepairsWhatSomebodyElseChanged(t *testing.T) {
	c := newCluster(t, guard("a", "10.0.0.1"))
	r := begin(t, c)
	c.expectWritten("10.0.0.1/32\n")
	c.write("0.0.0.0/0\n")
	c.expectWritten("10.0.0.1/32\n")
	if said := r.log.expect(t, "repaired", "somebody else"); !slices.Equal(said.Old, []string{"0.0.0.0/0"}) {
		t.Errorf("the log says %+v", said)
	}
	if _, err := c.CoreV1().Secrets(agents).Update(t.Context(), emptySecret(), meta.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.expectWritten("10.0.0.1/32\n")
}

func TestMissingSecret(t *testing.T) {
	c := newCluster(t, guard("a", "10.0.0.1"))
	if err := c.CoreV1().Secrets(agents).Delete(t.Context(), "openclaw-callers-guard", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	r := begin(t, c)
	r.log.expect(t, "cannot-write", "the Secret assistant-agent/openclaw-callers-guard is not there; create it")
	if _, err := c.CoreV1().Secrets(agents).Create(t.Context(), emptySecret(), meta.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.expectWritten("10.0.0.1/32\n")
	if c.count("create", "secrets") != 1 {
		t.Error("made a Secret")
	}
}

func TestRefusedWrites(t *testing.T) {
	resource := core.Resource("secrets")
	for verb, says := range map[string]string{"get": "needs get and patch", "patch": "needs get and patch"} {
		t.Run(verb, func(t *testing.T) {
			c := newCluster(t, guard("a", "10.0.0.1"))
			var allowed atomic.Bool
			c.answer(verb, "secrets", func() (bool, error) {
				return !allowed.Load(), apierrors.NewForbidden(resource, "openclaw-callers-guard", errors.New("no"))
			})
			r := begin(t, c)
			r.log.expect(t, "cannot-write", says)
			allowed.Store(true)
			c.expectWritten("10.0.0.1/32\n")
		})
	}
}

// Without an answer nobody knows that there are no pods.
func TestErrorIsNotAnEmptyList(t *testing.T) {
	c := newCluster(t)
	c.write("10.0.0.9/32\n")
	var reachable atomic.Bool
	c.answer("list", "pods", func() (bool, error) {
		return !reachable.Load(), apierrors.NewForbidden(core.Resource("pods"), "", errors.New("no"))
	})
	r := beginUnready(t, c)
	r.log.expect(t, "cannot-watch", "needs list and watch on pods in the namespace assistant-application")
	eventually(t, r.leads, func() string { return "does not lead" })
	c.expectStays("10.0.0.9/32\n")
	if said := r.health(); !strings.Contains(said, `"ready":false`) {
		t.Errorf("healthz says %s", said)
	}
	reachable.Store(true)
	r.waitReady()
	c.expectWritten("")
}

func TestTwoReplicas(t *testing.T) {
	c := newCluster(t, guard("a", "10.0.0.1"))
	first := begin(t, c)
	c.expectWritten("10.0.0.1/32\n")
	second := begin(t, c)
	if said := second.health(); !strings.Contains(said, `"leading":false`) || !first.leads() {
		t.Fatalf("leads: %v, healthz of the other: %s", first.leads(), said)
	}
	c.add(guard("b", "10.0.0.2"))
	c.expectWritten("10.0.0.1/32\n10.0.0.2/32\n")
	c.expectStays("10.0.0.1/32\n10.0.0.2/32\n")
	if c.patches() != 2 || len(second.log.named("changed")) > 0 {
		t.Errorf("%d patches, the stand-by wrote %v", c.patches(), second.log.named("changed"))
	}

	// One that is told to stop gives the lease back: the other need not wait for it to run out.
	first.stop()
	if err := first.expectEnds(); err != nil {
		t.Errorf("told to stop, it ended with %v", err)
	}
	if !slices.ContainsFunc(c.Actions(), gaveBack) {
		t.Error("the lease was not given back")
	}
	eventually(t, second.leads, func() string { return "the other does not take over" })
	c.remove("a")
	c.expectWritten("10.0.0.2/32\n")
	if len(first.log.named("changed")) != 2 {
		t.Errorf("the first wrote on: %v", first.log.named("changed"))
	}
}

func gaveBack(action k8stesting.Action) bool {
	update, ok := action.(k8stesting.UpdateAction)
	if !ok || !action.Matches("update", "leases") {
		return false
	}
	holder := update.GetObject().(*coordination.Lease).Spec.HolderIdentity
	return holder != nil && *holder == ""
}

// Long before its own deadline, and without a write that would show it.
func TestNoticesAnotherLeader(t *testing.T) {
	c := newCluster(t, guard("a", "10.0.0.1"))
	patient := usualTerm
	patient.retry, patient.lookEvery = quick.retry, time.Hour
	r := beginWith(t, c, patient)
	c.expectWritten("10.0.0.1/32\n")
	steal(t, c)
	started := time.Now()
	if err := r.expectEnds(); !errors.Is(err, errLost) || time.Since(started) > 8*time.Second {
		t.Errorf("ended with %v after %s", err, time.Since(started))
	}
}

func steal(t *testing.T, c *cluster) {
	t.Helper()
	var stolen atomic.Bool
	c.answer("update", "leases", func() (bool, error) {
		return stolen.Load(), apierrors.NewConflict(coordination.Resource("leases"), "trust-controller", errors.New("changed"))
	})
	leases := c.CoordinationV1().Leases("assistant-management")
	lease, err := leases.Get(t.Context(), "trust-controller", meta.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	thief, long, now := "thief", int32(60), meta.NowMicro()
	lease.Spec = coordination.LeaseSpec{HolderIdentity: &thief, LeaseDurationSeconds: &long, AcquireTime: &now, RenewTime: &now}
	// The stand-in knows no conflicts: a renewal may come in between.
	if _, err := leases.Update(t.Context(), lease, meta.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	stolen.Store(true)
}

func TestLostLease(t *testing.T) {
	cut := func(_ *testing.T, c *cluster) {
		for _, verb := range []string{"get", "update"} {
			c.answer(verb, "leases", func() (bool, error) { return true, errors.New("no answer") })
		}
	}
	for name, lose := range map[string]func(*testing.T, *cluster){"taken by another": steal, "not renewed": cut} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, guard("a", "10.0.0.1"))
			r := begin(t, c)
			c.expectWritten("10.0.0.1/32\n")
			lose(t, c)
			started := time.Now()
			if err := r.expectEnds(); !errors.Is(err, errLost) {
				t.Fatalf("ended with %v", err)
			}
			t.Logf("ended after %s", time.Since(started))
			c.add(guard("b", "10.0.0.2"))
			c.expectStays("10.0.0.1/32\n")
			if name == "taken by another" {
				lease, err := c.CoordinationV1().Leases("assistant-management").Get(t.Context(), "trust-controller", meta.GetOptions{})
				if err != nil || *lease.Spec.HolderIdentity != "thief" {
					t.Errorf("it gave away what was not its own: %v %v", lease, err)
				}
			}
		})
	}
}

// A process that slept through its lease still believes that it leads.
func TestOldLeaseDoesNotWrite(t *testing.T) {
	c := newCluster(t, guard("a", "10.0.0.1"))
	journal := &journal{out: &logbook{}}
	election, err := newElection(object{"n", "l"}, c, "me", quick, journal)
	if err != nil {
		t.Fatal(err)
	}
	election.begin()
	<-election.won
	if !election.leading() {
		t.Fatal("does not lead")
	}
	// The deadline has passed as if the clock had run on.
	election.term.deadline = -time.Second
	if election.leading() {
		t.Error("leads with an old lease")
	}
	before := c.count("update", "leases")
	election.leave()
	if !election.elector.IsLeader() || c.count("update", "leases") > before+1 {
		t.Error("an old lease was given back")
	}
	election.stop()
}

func TestKeeperStopsWhenAnotherLeads(t *testing.T) {
	for name, answers := range map[string][]bool{"before it looks": {false}, "between look and write": {true, false}} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, guard("a", "10.0.0.1"))
			asked := 0
			k, err := newKeeper(guardWatch(), c, &journal{out: &logbook{}}, func() bool { asked++; return answers[asked-1] }, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			go k.informer.RunWithContext(t.Context())
			k.keep(t.Context())
			if c.patches() != 0 || asked != len(answers) {
				t.Errorf("%d patches, asked %d times", c.patches(), asked)
			}
		})
	}
}

func TestSocket(t *testing.T) {
	c := newCluster(t)
	r := begin(t, c)
	info, err := os.Stat(r.config.Socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v, want 0600", info.Mode(), err)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenPrivately(path); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("a file in the way: %v", err)
	}
	if _, err := listenPrivately(filepath.Join(t.TempDir(), "none", "s")); err == nil || !strings.Contains(err.Error(), "must be there") {
		t.Errorf("no directory: %v", err)
	}
}

func refused(log *logbook) bool {
	return slices.ContainsFunc(log.named("client"), func(e event) bool { return strings.Contains(e.Reason, "connection refused") })
}

// The API server is away: it says so, waits, and ends at once when told.
func TestProcessWithoutAPIServer(t *testing.T) {
	directory, err := os.MkdirTemp("", "zt")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(directory)
	kubeconfig, path := filepath.Join(directory, "kubeconfig"), filepath.Join(directory, "trust.json")
	socket := filepath.Join(directory, "s")
	write := func(path, content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(kubeconfig, `{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
		"clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1:1"}}],"users":[{"name":"u","user":{}}]}`)
	write(path, strings.Replace(goodConfig, "/run/workload/trust.sock", socket, 1))
	service := child("--config", path, "--kubeconfig", kubeconfig)
	log := &logbook{}
	service.Stdout = log
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	defer service.Process.Kill()
	eventually(t, func() bool { return refused(log) }, func() string { return "does not say that nobody answers" })
	r := &replica{t: t, config: config{Socket: socket}}
	if said := r.health(); !strings.Contains(said, `"ready":false`) {
		t.Errorf("healthz says %s", said)
	}
	service.Process.Signal(syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- service.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("%v, want exit 0", err)
		}
	case <-time.After(patience):
		t.Fatal("still running")
	}
}
