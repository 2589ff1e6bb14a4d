package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxSockets bounds what a flood of WebSockets can make this process hold: each takes about 25 KiB, all of them fit in
// 192 MiB with room to spare.
const maxSockets = 4_000

// changeTime is how long a command waits for the list to be kept.
const changeTime = 5 * time.Second

// errNotSaved means that a revocation is in force here, and nowhere else yet.
var errNotSaved = errors.New("in force here, but not saved: a restart would forget it, and no other guard knows it; it is tried again until it is")

// socket is one open WebSocket.
type socket struct {
	who   identity
	since time.Time
	// until is the earliest end of a time-boxed grant among its roles; zero if there is none.
	until time.Time
	// endingRole is the role that ends then.
	endingRole string
	// cut gets the reason when the socket must end. It holds one, and the first counts.
	cut chan string
}

func (s *socket) end(reason string) {
	select {
	case s.cut <- reason:
	default:
	}
}

// administrator decides who is in. Memory is changed under one lock, so that a socket is either refused by a revocation
// or cut by it, and never slips between.
type administrator struct {
	grants      map[string]time.Time
	sessionLife time.Duration
	journal     *journal
	now         func() time.Time
	store       store
	// publish hands the list to Envoy. It is called under the lock, so that lists arrive in order.
	publish func([]revocation) error

	// changing lets one at a time change what is kept. It holds one.
	changing chan struct{}
	mu       sync.Mutex
	// list is what is in force: what is kept, as far as it is known here, and what could not be saved yet.
	list    []revocation
	kept    kept
	unsaved []revocation
	sockets map[*socket]struct{}
}

// open registers a WebSocket, or says why it is refused.
func (a *administrator) open(who identity) (*socket, error) {
	opened := &socket{who: who, cut: make(chan string, 1)}
	err := a.admit(opened)
	if err != nil {
		a.journal.write(about("refused", who, err.Error()))
		return nil, err
	}
	a.journal.write(about("opened", who, ""))
	return opened, nil
}

var errFull = errors.New("too many open sockets")

func (a *administrator) admit(opened *socket) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	opened.since = a.now()
	for _, entry := range a.list {
		if !entry.over(opened.since) && entry.matches(opened.who) {
			return errors.New(entry.selector.Kind + " " + entry.Reason)
		}
	}
	for _, role := range opened.who.Roles {
		end, timed := a.grants[role]
		if timed && (opened.until.IsZero() || end.Before(opened.until)) {
			opened.until, opened.endingRole = end, role
		}
	}
	if !opened.until.IsZero() && !opened.since.Before(opened.until) {
		return errors.New(grantOver(opened))
	}
	if len(a.sockets) >= maxSockets {
		return errFull
	}
	a.sockets[opened] = struct{}{}
	return nil
}

func grantOver(s *socket) string { return "the grant of role " + s.endingRole + " is over" }

// forget is told when a WebSocket is gone, for whatever reason.
func (a *administrator) forget(gone *socket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sockets, gone)
}

// cutMatching returns how many it ended. The caller holds the lock; a socket that was told to end is not counted twice.
func (a *administrator) cutMatching(chosen selector, reason string) int {
	ended := 0
	for open := range a.sockets {
		if chosen.matches(open.who) {
			open.end(reason)
			delete(a.sockets, open)
			ended++
		}
	}
	return ended
}

// revoke denies and cuts first and saves then: a full disk must not keep anybody in.
func (a *administrator) revoke(chosen selector, reason string) (ended int, already bool, err error) {
	ended, already, err = a.deny(chosen, reason)
	if err != nil {
		return ended, already, err
	}
	ctx, done := context.WithTimeout(context.Background(), changeTime)
	defer done()
	if err := a.flush(ctx); err != nil {
		a.journal.write(aboutSelector("not-saved", chosen, err.Error()))
		return ended, already, fmt.Errorf("%w: %v", errNotSaved, err)
	}
	a.journal.write(aboutSelector(reason, chosen, fmt.Sprintf("%d sockets ended", ended)))
	return ended, already, nil
}

func (a *administrator) deny(chosen selector, reason string) (ended int, already bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	entry := revocation{selector: chosen, Since: now.UTC(), Reason: reason}
	if chosen.Kind == bySession {
		until := entry.Since.Add(a.sessionLife)
		entry.Until = &until
	}
	ended = a.cutMatching(chosen, chosen.Kind+" "+reason)
	already = slices.ContainsFunc(a.list, func(known revocation) bool { return known.same(chosen) && !known.over(now) })
	if !already && len(a.list) >= maxRevocations {
		return ended, false, fmt.Errorf("%d revocations are the most that can be kept: restore some", maxRevocations)
	}
	a.list = merge(slices.Clone(a.list), entry, now)
	a.unsaved = merge(slices.Clone(a.unsaved), entry, now)
	return ended, already, a.publish(a.list)
}

// flush saves what is not saved yet.
func (a *administrator) flush(ctx context.Context) error {
	if len(a.pending()) == 0 {
		return nil
	}
	if err := a.begin(ctx); err != nil {
		return err
	}
	defer a.end()
	// Somebody else may have saved it in the meantime.
	batch := a.pending()
	if len(batch) == 0 {
		return nil
	}
	saved, err := a.store.change(ctx, func(list []revocation) []revocation {
		now := a.now()
		for _, entry := range batch {
			list = merge(list, entry, now)
		}
		return withoutOver(list, now)
	})
	if err != nil {
		return err
	}
	return a.settle(saved, func(entry revocation) bool { return slices.ContainsFunc(batch, entry.equal) })
}

func (a *administrator) begin(ctx context.Context) error {
	select {
	case a.changing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errors.New("others who change the list wait too")
	}
}

func (a *administrator) end() { <-a.changing }

func (a *administrator) pending() []revocation {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.unsaved)
}

// keepSaving tries until the context ends to save what could not be saved.
func (a *administrator) keepSaving(ctx context.Context) {
	pause := firstRetry
	for rest(ctx, pause) {
		waiting := len(a.pending())
		attempt, done := context.WithTimeout(ctx, changeTime)
		err := a.flush(attempt)
		done()
		switch {
		case err != nil:
			pause = min(2*pause, lastRetry)
		case waiting > 0 && pause > firstRetry:
			a.journal.write(event{Event: "saved", Reason: fmt.Sprintf("%d revocations that could not be saved before", waiting)})
			pause = firstRetry
		}
	}
}

// restore saves first and lifts the denial then: nobody comes back by an answer that was an error.
func (a *administrator) restore(chosen selector) (was bool, err error) {
	ctx, done := context.WithTimeout(context.Background(), changeTime)
	defer done()
	if err := a.begin(ctx); err != nil {
		return false, fmt.Errorf("still revoked, because it cannot be saved: %w", err)
	}
	defer a.end()
	chose := func(entry revocation) bool { return entry.same(chosen) }
	pending := a.pending()
	saved, err := a.store.change(ctx, func(list []revocation) []revocation {
		list = withoutOver(list, a.now())
		was = slices.ContainsFunc(list, chose) || slices.ContainsFunc(pending, chose)
		return slices.DeleteFunc(list, chose)
	})
	if err != nil {
		return false, fmt.Errorf("still revoked, because it cannot be saved: %w", err)
	}
	lifted := func(entry revocation) bool { return chose(entry) && slices.ContainsFunc(pending, entry.equal) }
	return was, a.settle(saved, lifted)
}

// signOut ends one session, or, when the token names none, what the subject has open at this moment.
func (a *administrator) signOut(subject, session string) error {
	if session == "" {
		a.mu.Lock()
		ended := a.cutMatching(selector{bySubject, subject}, "signed-out")
		a.mu.Unlock()
		a.journal.write(event{Event: "signed-out", Subject: subject, Reason: fmt.Sprintf("no session named, %d sockets ended", ended)})
		return nil
	}
	_, _, err := a.revoke(selector{bySession, session}, "signed-out")
	return err
}

// sweep ends what time has ended. It compares wall clocks, because timers stand still while a machine sleeps. What is kept
// loses it with the next change.
func (a *administrator) sweep() {
	now := a.now()
	a.endGrants(now)
	a.mu.Lock()
	defer a.mu.Unlock()
	list := withoutOver(slices.Clone(a.list), now)
	a.unsaved = withoutOver(slices.Clone(a.unsaved), now)
	if len(list) == len(a.list) {
		return
	}
	a.list = list
	if err := a.publish(list); err != nil {
		a.journal.write(event{Event: "not-told", Reason: err.Error()})
	}
}

func (a *administrator) endGrants(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for open := range a.sockets {
		if !open.until.IsZero() && !now.Before(open.until) {
			open.end(grantOver(open))
			delete(a.sockets, open)
		}
	}
}

// learn takes over what is kept by now. `known` is what was known when it was asked for: if that is newer, what is kept was
// lost or set back, and what is in force here is saved again.
func (a *administrator) learn(found kept, known int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if found.generation < known {
		a.journal.write(event{Event: "lost", Reason: fmt.Sprintf("the list is that of change %d after %d; what is in force here is added to it", found.generation, known)})
		for _, entry := range a.list {
			a.unsaved = merge(slices.Clone(a.unsaved), entry, a.now())
		}
	} else if found.generation < a.kept.generation {
		return nil
	}
	a.kept = found
	return a.adopt("as the shared list says, ")
}

// settle takes over what this administrator itself has saved just now, whose unsaved entries `done` tells.
func (a *administrator) settle(saved kept, done func(revocation) bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unsaved = slices.DeleteFunc(slices.Clone(a.unsaved), done)
	// What others wrote after it may be known already.
	if saved.generation >= a.kept.generation {
		a.kept = saved
	}
	return a.adopt("")
}

// adopt puts in force what is kept, and what is not saved yet. The caller holds the lock.
func (a *administrator) adopt(by string) error {
	now := a.now()
	before := a.list
	list := withoutOver(slices.Clone(a.kept.list), now)
	for _, entry := range a.unsaved {
		list = merge(list, entry, now)
	}
	a.list = list
	if slices.EqualFunc(before, list, revocation.equal) {
		return nil
	}
	for _, entry := range missing(list, before) {
		ended := a.cutMatching(entry.selector, entry.Kind+" "+entry.Reason)
		a.journal.write(aboutSelector(entry.Reason, entry.selector, fmt.Sprintf("%s%d sockets ended", by, ended)))
	}
	for _, entry := range missing(withoutOver(slices.Clone(before), now), list) {
		a.journal.write(aboutSelector("restored", entry.selector, strings.TrimSuffix(by, ", ")))
	}
	return a.publish(list)
}

// start puts in force what was kept when the process began.
func (a *administrator) start(found kept) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept, a.list = found, withoutOver(slices.Clone(found.list), a.now())
	return a.publish(a.list)
}

func (a *administrator) generation() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept.generation
}

// missing returns what is in one list and not in the other.
func missing(list, other []revocation) []revocation {
	known := make(map[selector]bool, len(other))
	for _, entry := range other {
		known[entry.selector] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(entry revocation) bool { return known[entry.selector] })
}

func (a *administrator) revocations() []revocation {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.list)
}

type openSocket struct {
	User    string    `json:"user"`
	Subject string    `json:"subject"`
	Session string    `json:"session"`
	Roles   []string  `json:"roles"`
	Since   time.Time `json:"since"`
}

func (a *administrator) openSockets() []openSocket {
	a.mu.Lock()
	defer a.mu.Unlock()
	open := make([]openSocket, 0, len(a.sockets))
	for s := range a.sockets {
		open = append(open, openSocket{s.who.user(), s.who.Subject, s.who.Session, s.who.Roles, s.since.UTC()})
	}
	slices.SortFunc(open, func(x, y openSocket) int { return x.Since.Compare(y.Since) })
	return open
}
