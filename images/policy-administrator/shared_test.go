package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	aliceClaims = map[string]any{"sub": "1", "email": "alice@example.com", "sid": "S1"}
	bobClaims   = map[string]any{"sub": "2", "email": "bob@example.com", "sid": "S2"}
)

func TestWhatOneGuardRevokesAllRefuse(t *testing.T) {
	server := newAPIServer(t)
	one, other := server.guard(t), server.guard(t)
	eventually(t, "both watch", func() bool { return server.watching() == 2 })
	hers, his := stream(t, other.config), stream(t, other.config)
	for _, opened := range []struct {
		code int
	}{{answerTo(t, hers, requestOf(t, aliceClaims, "admin"))}, {answerTo(t, his, requestOf(t, bobClaims, "viewer"))}} {
		if opened.code != 0 {
			t.Fatalf("refused with %d", opened.code)
		}
	}
	expectSays(t, one.config, "user alice@example.com is revoked; sockets ended at this guard: 0; the others", "revoke", "--user", "alice@example.com")
	took := eventually(t, "the other guard lets her in", func() bool { return other.refuses(aliceClaims) })
	if took > soonHere {
		t.Errorf("took %s", took)
	}
	if _, err := hers.Recv(); err == nil {
		t.Error("her socket at the other guard goes on")
	}
	if other.refuses(bobClaims) || one.refuses(bobClaims) {
		t.Error("somebody else is refused")
	}
	expectSays(t, other.config, "user Alice@example.com was revoked already", "revoke", "--user", "Alice@example.com")
	expectSays(t, other.config, "is restored", "restore", "--user", "alice@example.com")
	eventually(t, "she stays out where she was revoked", func() bool { return !one.refuses(aliceClaims) })
	if names := server.entries(t); len(names) != 0 {
		t.Errorf("the Secret names %v", names)
	}
	if code := one.signOut("S2"); code != 302 {
		t.Errorf("signing out: %d", code)
	}
	eventually(t, "the copied cookie is good at the other guard", func() bool { return other.refuses(bobClaims) })
	if _, err := his.Recv(); err == nil {
		t.Error("his socket at the other guard goes on")
	}
	if !other.said.says(`"event":"signed-out","session":"S2","reason":"as the shared list says, `) {
		t.Errorf("the other guard's log: %s", &other.said.text)
	}
}

func TestListOutlivesAllGuards(t *testing.T) {
	server := newAPIServer(t)
	first := server.guard(t)
	said(t, first.config, "revoke", "--subject", "1")
	first.end()
	next := server.guard(t)
	if !next.refuses(aliceClaims) || next.refuses(bobClaims) {
		t.Error("a new guard does not know who was revoked")
	}
}

func TestNobodyIsLetInBeforeTheListIsRead(t *testing.T) {
	for name, refuse := range map[string]func(*apiServer){
		"the API server is down": func(s *apiServer) { s.failWith(func(string) int { return 503 }) },
		"it may not be read":     func(s *apiServer) { s.failWith(func(string) int { return 403 }) },
		"it is not there":        func(s *apiServer) { s.failWith(func(string) int { return 404 }) },
		"it is broken":           func(s *apiServer) { s.set(`{"version":1,"revocations":[{`, true) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newAPIServer(t)
			server.set(`{"version":1,"generation":3,"revocations":[{"kind":"subject","value":"1","since":"2026-01-01T00:00:00Z","reason":"revoked"}]}`, true)
			good := string(server.secret.Data[sharedKey])
			refuse(server)
			g := server.beginGuard(t)
			eventually(t, "it does not say why", func() bool { return g.said.says("nobody is let in until it is read") })
			time.Sleep(300 * time.Millisecond)
			if _, err := call(g.config.Socket, "GET", "/healthz", nil); err == nil {
				t.Error("it is ready")
			}
			server.failWith(nil)
			server.set(good, true)
			waitReady(t, g.config)
			if !g.refuses(aliceClaims) {
				t.Error("who is on the list is let in")
			}
		})
	}
	t.Run("it can end", func(t *testing.T) {
		server := newAPIServer(t)
		server.failWith(func(string) int { return 503 })
		g := server.beginGuard(t)
		eventually(t, "it does not try", func() bool { return server.count("get") > 0 })
		g.end()
	})
}

func TestOutage(t *testing.T) {
	server := newAPIServer(t)
	g, other := server.guard(t), server.guard(t)
	said(t, g.config, "revoke", "--subject", "1")
	eventually(t, "the other one does not know", func() bool { return other.refuses(aliceClaims) })
	server.failWith(func(string) int { return 503 })
	server.endWatches()
	eventually(t, "the outage is not told", func() bool { return g.said.says("what is known here stays in force") })
	eventually(t, "health does not say that the list may be old", func() bool { return g.health().Stale })
	if !g.health().Ready || !g.refuses(aliceClaims) || g.refuses(bobClaims) {
		t.Error("an outage of the API server changes who is let in")
	}
	if says := g.fails("revoke", "--user", "carol@example.com"); !strings.Contains(says, "no other guard knows it") {
		t.Errorf("a revocation that could not be written says %q", says)
	}
	if says := g.fails("restore", "--subject", "1"); !strings.Contains(says, "still revoked") || !g.refuses(aliceClaims) {
		t.Errorf("a restoration that could not be written says %q", says)
	}
	if code := g.signOut("S2"); code != 302 {
		t.Errorf("signing out: %d", code)
	}
	carol := map[string]any{"sub": "3", "email": "carol@example.com"}
	if !g.refuses(bobClaims) || !g.refuses(carol) {
		t.Error("what could not be written is not in force here")
	}
	if other.refuses(bobClaims) || g.health().Unsaved != 2 {
		t.Errorf("unsaved: %+v", g.health())
	}
	server.failWith(nil)
	eventually(t, "it is not written when that is possible again", func() bool { return len(server.entries(t)) == 3 })
	eventually(t, "the other guard is not told", func() bool { return other.refuses(bobClaims) && other.refuses(carol) })
	eventually(t, "health goes on to complain", func() bool { return g.health() == health{Ready: true} })
	if !g.said.says(`"event":"reads-again"`) {
		t.Error("the end of the outage is not told")
	}
	said(t, g.config, "restore", "--user", "carol@example.com")
	time.Sleep(3 * firstRetry)
	if g.refuses(carol) || slices.Contains(server.entries(t), "user carol@example.com") {
		t.Error("who was restored is revoked again")
	}
}

// Two write at once: each finds that the other was faster, and nothing is lost.
func TestConflicts(t *testing.T) {
	server := newAPIServer(t)
	guards := []*guardHere{server.guard(t), server.guard(t), server.guard(t)}
	var group sync.WaitGroup
	const each = 8
	for number, g := range guards {
		for i := range each {
			group.Go(func() { said(t, g.config, "revoke", "--subject", fmt.Sprint(number, "-", i)) })
		}
	}
	group.Wait()
	if names := server.entries(t); len(names) != each*len(guards) {
		t.Errorf("%d of %d are kept: %v", len(names), each*len(guards), names)
	}
	for _, g := range guards {
		eventually(t, "a guard does not know all", func() bool {
			return strings.Count(said(t, g.config, "list"), `"value"`) == each*len(guards)
		})
	}
	t.Run("for certain", func(t *testing.T) {
		before := server.count("put")
		server.mu.Lock()
		server.onGet = func() { said(t, guards[1].config, "revoke", "--subject", "faster") }
		server.mu.Unlock()
		said(t, guards[0].config, "revoke", "--subject", "slower")
		names := server.entries(t)
		if !slices.Contains(names, "subject faster") || !slices.Contains(names, "subject slower") || server.count("put")-before < 3 {
			t.Errorf("after %d writes: %v", server.count("put")-before, names)
		}
	})
	t.Run("without end", func(t *testing.T) {
		server.failWith(func(verb string) int { return map[string]int{"put": 409}[verb] })
		if says := guards[0].fails("revoke", "--subject", "x"); !strings.Contains(says, "others write") {
			t.Errorf("says %q", says)
		}
		server.failWith(nil)
		eventually(t, "it is not tried again", func() bool { return slices.Contains(server.entries(t), "subject x") })
	})
}

func TestWatchesThatEnd(t *testing.T) {
	for name, end := range map[string]func(*apiServer){
		"closed":  (*apiServer).endWatches,
		"410":     (*apiServer).expire,
		"dropped": func(s *apiServer) { s.CloseClientConnections() },
		"silent": func(s *apiServer) {
			s.mu.Lock()
			s.watchers = map[chan []byte]struct{}{}
			s.mu.Unlock()
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := newAPIServer(t)
			one, other := server.guard(t), server.guard(t)
			eventually(t, "both watch", func() bool { return server.watching() == 2 })
			end(server)
			said(t, one.config, "revoke", "--subject", "1")
			eventually(t, "the other guard does not learn of it", func() bool { return other.refuses(aliceClaims) })
			if other.said.says("cannot-read") && name != "dropped" {
				t.Errorf("the end of a watch is told as an outage: %s", &other.said.text)
			}
		})
	}
	t.Run("news that are older than what is known", func(t *testing.T) {
		server := newAPIServer(t)
		g := server.guard(t)
		server.mu.Lock()
		old := server.secret.DeepCopy()
		old.Data[sharedKey] = []byte(`{"version":1,"generation":1,"revocations":[]}`)
		server.mu.Unlock()
		said(t, g.config, "revoke", "--subject", "0")
		said(t, g.config, "revoke", "--subject", "1")
		server.mu.Lock()
		server.tell("MODIFIED", old)
		server.mu.Unlock()
		for started := time.Now(); time.Since(started) < 2*lookEvery; {
			if !g.refuses(aliceClaims) {
				t.Fatal("old news let her in")
			}
		}
	})
}

func TestListThatWasLostIsWrittenAgain(t *testing.T) {
	for name, lose := range map[string]func(*apiServer, string){
		"emptied":  func(s *apiServer, _ string) { s.set("", false) },
		"set back": func(s *apiServer, old string) { s.set(old, true) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newAPIServer(t)
			g := server.guard(t)
			said(t, g.config, "revoke", "--subject", "0")
			old := string(server.secret.Data[sharedKey])
			said(t, g.config, "revoke", "--subject", "1")
			lose(server, old)
			eventually(t, "it stays lost", func() bool { return len(server.entries(t)) == 2 })
			if !g.refuses(aliceClaims) || !g.said.says(`"event":"lost"`) {
				t.Error("what was lost is not in force, or not told")
			}
		})
	}
	t.Run("edited by hand", func(t *testing.T) {
		server := newAPIServer(t)
		g := server.guard(t)
		said(t, g.config, "revoke", "--subject", "1")
		server.set(`{"version":1,"generation":1,"revocations":[]}`, true)
		eventually(t, "an entry that was taken out stays in force", func() bool { return !g.refuses(aliceClaims) })
	})
	t.Run("broken by hand", func(t *testing.T) {
		server := newAPIServer(t)
		g := server.guard(t)
		said(t, g.config, "revoke", "--subject", "1")
		server.set("nonsense", true)
		eventually(t, "it is not told", func() bool { return g.said.says("is broken") })
		if says := g.fails("revoke", "--subject", "2"); !strings.Contains(says, "is broken") || !g.refuses(aliceClaims) {
			t.Errorf("says %q", says)
		}
		if string(server.secret.Data[sharedKey]) != "nonsense" {
			t.Error("what could not be understood was overwritten")
		}
	})
}

func TestFullSecret(t *testing.T) {
	server := newAPIServer(t)
	// One more does not fit.
	entry := revocation{selector{bySession, strings.Repeat("x", 500)}, time.Now().UTC(), nil, "signed-out"}
	over := entry.Since.Add(4 * time.Second)
	entry.Until = &over
	one, _ := json.Marshal(entry)
	list := []revocation{}
	for i := range (maxSharedBytes - 60) / (len(one) + 5) {
		entry.Value = strings.Repeat("x", 500) + fmt.Sprintf("%04d", i)
		list = append(list, entry)
	}
	list[0].Reason += strings.Repeat("!", maxSharedBytes%(len(one)+5))
	raw, err := json.Marshal(stateFile{stateVersion, 7, list})
	if err != nil || len(raw) < maxSharedBytes-200 {
		t.Fatal(len(raw), err)
	}
	server.set(string(raw), true)
	g := server.guard(t)
	said := g.fails("revoke", "--user", "alice@example.com")
	if !strings.Contains(said, "the list is full") || !strings.Contains(said, "restore some") {
		t.Errorf("says %q", said)
	}
	if !g.refuses(aliceClaims) || len(server.entries(t)) != len(list) {
		t.Error("in force here, and the Secret stays as it is")
	}
	eventually(t, "it is not written when there is room", func() bool {
		return slices.Equal(server.entries(t), []string{"user alice@example.com"})
	})
}
