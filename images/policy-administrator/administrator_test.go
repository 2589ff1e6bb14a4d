package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	alice = identity{Email: "alice@example.com", Subject: "1", Session: "S1", Roles: []string{"admin", "operator"}}
	bob   = identity{Email: "bob@example.com", Subject: "2", Session: "S2", Roles: []string{"viewer"}}
)

func mustOpen(t *testing.T, a *administrator, who identity) *socket {
	t.Helper()
	opened, err := a.open(who)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func isCut(s *socket) bool {
	select {
	case <-s.cut:
		return true
	default:
		return false
	}
}

func TestRevokeCutsAndRefusesUntilRestored(t *testing.T) {
	a := newAdministrator()
	hers, his := mustOpen(t, a, alice), mustOpen(t, a, bob)
	ended, already, err := a.revoke(selector{byUser, "ALICE@example.com"}, "revoked")
	if ended != 1 || already || err != nil {
		t.Fatalf("revoke: %d %t %v", ended, already, err)
	}
	if !isCut(hers) || isCut(his) {
		t.Error("the wrong socket was cut")
	}
	if _, err := a.open(alice); err == nil {
		t.Error("a revoked user opened a socket")
	}
	mustOpen(t, a, bob)
	ended, already, err = a.revoke(selector{byUser, "alice@example.com"}, "revoked")
	if ended != 0 || !already || err != nil || len(a.revocations()) != 1 {
		t.Errorf("revoking again: %d %t %v %v", ended, already, err, a.revocations())
	}
	if was, err := a.restore(selector{byUser, "Alice@example.com"}); !was || err != nil {
		t.Errorf("restore: %t %v", was, err)
	}
	if was, err := a.restore(selector{byUser, "alice@example.com"}); was || err != nil {
		t.Errorf("restoring again: %t %v", was, err)
	}
	mustOpen(t, a, alice)
}

func TestSignOut(t *testing.T) {
	a := newAdministrator()
	now := time.Now()
	a.now = func() time.Time { return now }
	other := alice
	other.Session = "S9"
	first, second := mustOpen(t, a, alice), mustOpen(t, a, other)
	if err := a.signOut("1", "S1"); err != nil {
		t.Fatal(err)
	}
	if !isCut(first) || isCut(second) {
		t.Error("the wrong session was cut")
	}
	if _, err := a.open(alice); err == nil {
		t.Error("a signed out session opened a socket")
	}
	now = now.Add(time.Hour)
	if err := a.signOut("1", "S1"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(8*time.Hour - time.Nanosecond)
	a.sweep()
	if len(a.revocations()) != 1 {
		t.Errorf("given back before its time, which began anew: %v", a.revocations())
	}
	now = now.Add(time.Nanosecond)
	a.sweep()
	if len(a.revocations()) != 0 {
		t.Errorf("still kept after its time: %v", a.revocations())
	}
	if err := a.signOut("1", ""); err != nil {
		t.Fatal(err)
	}
	if !isCut(second) || len(a.revocations()) != 0 {
		t.Error("without a session, the subject's sockets end and nothing is denied")
	}
}

func TestGrants(t *testing.T) {
	a := newAdministrator()
	now := time.Now()
	a.now = func() time.Time { return now }
	a.grants = map[string]time.Time{"operator": now.Add(time.Hour), "admin": now.Add(2 * time.Hour)}
	hers, his := mustOpen(t, a, alice), mustOpen(t, a, bob)
	now = now.Add(time.Hour - time.Nanosecond)
	a.sweep()
	if isCut(hers) {
		t.Error("cut before the earliest grant ended")
	}
	now = now.Add(time.Nanosecond)
	a.sweep()
	if !isCut(hers) || isCut(his) {
		t.Error("the earliest end cuts those with that role, and nobody else")
	}
	if _, err := a.open(alice); err == nil || err.Error() != "the grant of role operator is over" {
		t.Errorf("a new socket after the grant: %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	a := newAdministrator()
	disk := &memory{broken: errors.New("no space left on device")}
	a.store = disk
	hers := mustOpen(t, a, alice)
	chosen := selector{byUser, "alice@example.com"}
	if _, _, err := a.revoke(chosen, "revoked"); !errors.Is(err, errNotSaved) {
		t.Errorf("revoke says %v", err)
	}
	if _, err := a.open(alice); !isCut(hers) || err == nil {
		t.Error("a full disk kept a revoked user in")
	}
	if _, err := a.restore(chosen); err == nil || len(a.revocations()) != 1 {
		t.Errorf("restore says %v, and the list is %v", err, a.revocations())
	}
}

func TestSavedBeforeAnswered(t *testing.T) {
	a := newAdministrator()
	disk := &memory{}
	a.store = disk
	var published []revocation
	a.publish = func(list []revocation) error { published = list; return nil }
	a.revoke(selector{bySubject, "1"}, "revoked")
	if len(disk.kept.list) != 1 || len(published) != 1 {
		t.Errorf("after revoke: saved %v, published %v", disk.kept.list, published)
	}
	a.restore(selector{bySubject, "1"})
	if len(disk.kept.list) != 0 || len(published) != 0 {
		t.Errorf("after restore: saved %v, published %v", disk.kept.list, published)
	}
}

func TestBounds(t *testing.T) {
	a := newAdministrator()
	for range maxSockets {
		a.sockets[&socket{cut: make(chan string, 1)}] = struct{}{}
	}
	if _, err := a.open(bob); !errors.Is(err, errFull) {
		t.Errorf("one socket too many: %v", err)
	}
	for i := range maxRevocations {
		a.list = append(a.list, revocation{selector: selector{bySubject, fmt.Sprint(i)}})
	}
	if _, _, err := a.revoke(selector{bySubject, "one more"}, "revoked"); err == nil || !strings.Contains(err.Error(), "10000 revocations") {
		t.Errorf("one revocation too many: %v", err)
	}
	if _, already, err := a.revoke(selector{bySubject, "7"}, "revoked"); !already || err != nil {
		t.Errorf("a known one when full: %t %v", already, err)
	}
}

// No socket may slip between a revocation's look at the open ones and its entry in the list.
func TestNoSocketSlipsThrough(t *testing.T) {
	for range 200 {
		a := newAdministrator()
		var opened sync.Map
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				time.Sleep(rand.N(100 * time.Microsecond))
				if s, err := a.open(alice); err == nil {
					opened.Store(s, true)
				}
			})
		}
		group.Go(func() {
			time.Sleep(rand.N(100 * time.Microsecond))
			a.revoke(selector{bySubject, "1"}, "revoked")
		})
		group.Wait()
		opened.Range(func(s, _ any) bool {
			if !isCut(s.(*socket)) {
				t.Error("a socket of a revoked user is open")
			}
			return true
		})
	}
}

func TestLogLinesCannotBeBroken(t *testing.T) {
	var out bytes.Buffer
	j := &journal{out: &out}
	who := identity{Email: "a\"}\n{\"event\":\"restored\"", Subject: "x\u0085\u2028\x1b[2J\xff", Roles: []string{"r\n"}}
	j.write(about("opened", who, strings.Repeat("y", 10_000)))
	said := out.String()
	if strings.Count(said, "\n") != 1 || strings.ContainsAny(said, "\u0085\u2028\x1b") || strings.Contains(said, `"event":"restored"`) {
		t.Errorf("the line is %q", said)
	}
	if len(said) > 2*maxValue {
		t.Errorf("the line has %d bytes", len(said))
	}
}
