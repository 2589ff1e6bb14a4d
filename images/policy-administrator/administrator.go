package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// maxSockets bounds what a flood of WebSockets can make this process hold: each takes about 25 KiB, all of them fit in
// 192 MiB with room to spare.
const maxSockets = 4_000

// errNotSaved means that a revocation is in force now, but would not be after a restart.
var errNotSaved = errors.New("in force, but not saved: a restart would forget it")

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
	save        func([]revocation) error
	// publish hands the list to Envoy. It is called under the lock, so that lists arrive in order.
	publish func([]revocation) error

	// commands lets one command at a time change the list, on disk too.
	commands sync.Mutex
	mu       sync.Mutex
	list     []revocation
	sockets  map[*socket]struct{}
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
	a.commands.Lock()
	defer a.commands.Unlock()
	ended, already, err = a.deny(chosen, reason)
	if err != nil {
		return ended, already, err
	}
	if err := a.save(a.revocations()); err != nil {
		a.journal.write(aboutSelector("not-saved", chosen, err.Error()))
		return ended, already, fmt.Errorf("%w: %v", errNotSaved, err)
	}
	a.journal.write(aboutSelector(reason, chosen, fmt.Sprintf("%d sockets ended", ended)))
	return ended, already, nil
}

func (a *administrator) deny(chosen selector, reason string) (ended int, already bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	entry := revocation{selector: chosen, Since: a.now().UTC(), Reason: reason}
	if chosen.Kind == bySession {
		until := entry.Since.Add(a.sessionLife)
		entry.Until = &until
	}
	ended = a.cutMatching(chosen, chosen.Kind+" "+reason)
	at := slices.IndexFunc(a.list, func(known revocation) bool { return known.same(chosen) })
	switch {
	case at >= 0 && !a.list[at].over(entry.Since):
		already = true
		a.list[at].Until = entry.Until
	case at >= 0:
		a.list[at] = entry
	case len(a.list) >= maxRevocations:
		return ended, false, fmt.Errorf("%d revocations are the most that can be kept: restore some", maxRevocations)
	default:
		a.list = append(a.list, entry)
	}
	return ended, already, a.publish(a.list)
}

// restore saves first and lifts the denial then: nobody comes back by an answer that was an error.
func (a *administrator) restore(chosen selector) (was bool, err error) {
	a.commands.Lock()
	defer a.commands.Unlock()
	now := a.now()
	kept := slices.DeleteFunc(a.revocations(), func(entry revocation) bool {
		gone := entry.same(chosen)
		was = was || gone && !entry.over(now)
		return gone
	})
	if !was {
		return false, nil
	}
	if err := a.save(kept); err != nil {
		return false, fmt.Errorf("still revoked, because it cannot be saved: %w", err)
	}
	if err := a.replace(kept); err != nil {
		return false, err
	}
	a.journal.write(aboutSelector("restored", chosen, ""))
	return true, nil
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

// sweep ends what time has ended. It compares wall clocks, because timers stand still while a machine sleeps.
func (a *administrator) sweep() {
	a.commands.Lock()
	defer a.commands.Unlock()
	now := a.now()
	a.endGrants(now)
	kept := slices.DeleteFunc(a.revocations(), func(entry revocation) bool { return entry.over(now) })
	if len(kept) == len(a.revocations()) {
		return
	}
	// What is over must not be in force again after a failed save; the next one writes it.
	if err := errors.Join(a.replace(kept), a.save(kept)); err != nil {
		a.journal.write(event{Event: "not-saved", Reason: err.Error()})
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

func (a *administrator) replace(list []revocation) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = list
	return a.publish(list)
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
