package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	// sharedKey is the key of the Secret.
	sharedKey = "revocations.json"
	// maxSharedBytes leaves some of the 1 MiB that a Secret may have.
	maxSharedBytes = 1_000_000

	// One request to the API server.
	apiTime    = 5 * time.Second
	firstRetry = 100 * time.Millisecond
	lastRetry  = 2 * time.Second
	// How long an outage is told once.
	tellEvery = time.Minute
)

// lookEvery bounds how long a watch that is dead without a sign goes unnoticed. Tests do not wait for it.
var lookEvery = 10 * time.Second

// sharedStore keeps the list in one Secret, which the administrators of all guards watch and write.
type sharedStore struct {
	secrets secretClient
	journal *journal
	// confirmed is when the list was last known to be what all share, in Unix nanoseconds.
	confirmed atomic.Int64
	// told is when it was last said that it is not.
	told time.Time
}

func newSharedStore(secrets secretClient, journal *journal) *sharedStore {
	return &sharedStore{secrets: secrets, journal: journal}
}

// first waits until the list was read: a guard that does not know it must let nobody in.
func (s *sharedStore) first(ctx context.Context) (kept, error) {
	pause := firstRetry
	for {
		found, _, err := s.read(ctx)
		if err == nil {
			s.works()
			return found, nil
		}
		s.fails(err, "nobody is let in until it is read")
		if !rest(ctx, pause) {
			return kept{}, ctx.Err()
		}
		pause = min(2*pause, lastRetry)
	}
}

func (s *sharedStore) change(ctx context.Context, step func([]revocation) []revocation) (kept, error) {
	pause := firstRetry / 10
	for {
		found, secret, err := s.read(ctx)
		if err != nil {
			return kept{}, err
		}
		next := step(slices.Clone(found.list))
		if slices.EqualFunc(next, found.list, revocation.equal) {
			return found, nil
		}
		saved := kept{found.generation + 1, next}
		err = s.write(ctx, secret, saved)
		if !apierrors.IsConflict(err) {
			return saved, err
		}
		// Another administrator was faster: its change stays, and ours is made on top of it.
		if !rest(ctx, pause) {
			return kept{}, fmt.Errorf("others write to the Secret %s all the time: %w", s.secrets.secret, err)
		}
		pause = min(2*pause, lastRetry)
	}
}

func (s *sharedStore) read(ctx context.Context) (kept, *core.Secret, error) {
	ctx, done := context.WithTimeout(ctx, apiTime)
	defer done()
	secret, err := s.secrets.get(ctx)
	if err != nil {
		return kept{}, nil, s.explain(err)
	}
	found, err := s.parse(secret)
	return found, secret, err
}

// parse takes a Secret without the key for one that nobody has written to. One that cannot be understood is never taken for
// "nobody is revoked", and never overwritten.
func (s *sharedStore) parse(secret *core.Secret) (kept, error) {
	raw, there := secret.Data[sharedKey]
	if !there {
		return kept{}, nil
	}
	found, err := parseState(raw)
	if err != nil {
		return kept{}, fmt.Errorf("the Secret %s is broken: %s: %v; restore it from a backup, or remove this key to have it written anew", s.secrets.secret, sharedKey, err)
	}
	return found, nil
}

func (s *sharedStore) write(ctx context.Context, secret *core.Secret, next kept) error {
	if next.list == nil {
		next.list = []revocation{}
	}
	raw, err := json.Marshal(stateFile{stateVersion, next.generation, next.list})
	if err != nil {
		return err
	}
	if len(raw) > maxSharedBytes {
		return fmt.Errorf("the list is full: %d entries take %d bytes, and a Secret has room for %d; restore some, or wait until sessions that were signed out are over", len(next.list), len(raw), maxSharedBytes)
	}
	ctx, done := context.WithTimeout(ctx, apiTime)
	defer done()
	changed := secret.DeepCopy()
	if changed.Data == nil {
		changed.Data = map[string][]byte{}
	}
	changed.Data[sharedKey] = raw
	if err := s.secrets.put(ctx, changed); err != nil {
		return s.explain(err)
	}
	return nil
}

// follow tells the administrator what others write, until the context ends.
func (s *sharedStore) follow(ctx context.Context, a *administrator) {
	pause := firstRetry
	for rest(ctx, pause) {
		err := s.watch(ctx, a)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			pause = firstRetry
			continue
		}
		s.fails(err, "what is known here stays in force")
		pause = min(2*pause, lastRetry)
	}
}

// watch returns nil when it is over in the normal way, as the API server ends every watch some time.
func (s *sharedStore) watch(ctx context.Context, a *administrator) error {
	secret, err := s.look(ctx, a)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	unanswered := time.AfterFunc(apiTime, stop)
	changes, err := s.secrets.watch(ctx, secret.ResourceVersion)
	unanswered.Stop()
	if err != nil {
		return s.explain(err)
	}
	defer changes.Stop()
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-looks.C:
			if _, err := s.look(ctx, a); err != nil {
				return err
			}
		case change, open := <-changes.ResultChan():
			if !open {
				return nil
			}
			if over, err := s.heard(change, a); over {
				return err
			}
		}
	}
}

// look asks for what is kept at this moment.
func (s *sharedStore) look(ctx context.Context, a *administrator) (*core.Secret, error) {
	known := a.generation()
	found, secret, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	s.works()
	return secret, a.learn(found, known)
}

// heard returns whether the watch is over, and whether that is an error.
func (s *sharedStore) heard(change watch.Event, a *administrator) (bool, error) {
	switch change.Type {
	case watch.Added, watch.Modified:
		secret, ok := change.Object.(*core.Secret)
		if !ok {
			return true, fmt.Errorf("a watch of a Secret brought a %T", change.Object)
		}
		found, err := s.parse(secret)
		if err != nil {
			return true, err
		}
		// News may be late, and older than what is known; without any list it was taken away, and a look will tell.
		if found.generation == 0 && a.generation() > 0 {
			return true, nil
		}
		s.works()
		if err := a.learn(found, 0); err != nil {
			return true, err
		}
		return false, nil
	case watch.Error:
		err := apierrors.FromObject(change.Object)
		if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
			return true, nil
		}
		return true, s.explain(err)
	default:
		return true, nil
	}
}

// current says whether the list here was lately known to be what all share.
func (s *sharedStore) current() bool {
	return time.Since(time.Unix(0, s.confirmed.Load())) < lookEvery+apiTime
}

func (s *sharedStore) works() {
	s.confirmed.Store(time.Now().UnixNano())
	if !s.told.IsZero() {
		s.told = time.Time{}
		s.journal.write(event{Event: "reads-again"})
	}
}

func (s *sharedStore) fails(err error, consequence string) {
	if time.Since(s.told) < tellEvery {
		return
	}
	s.told = time.Now()
	s.journal.write(event{Event: "cannot-read", Reason: err.Error() + "; " + consequence})
}

func (s *sharedStore) explain(err error) error {
	secret := s.secrets.secret
	switch {
	case apierrors.IsConflict(err):
		return err
	case apierrors.IsNotFound(err):
		return fmt.Errorf("the Secret %s is not there; create it, empty, and it will be filled", secret)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%w; the service account needs get, watch and update on the Secret %s", err, secret)
	case apierrors.IsInvalid(err):
		return fmt.Errorf("%w; if the Secret %s is immutable, make it anew without that", err, secret)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the API server does not answer: %w", err)
	}
	return err
}

// rest returns false when the context ended meanwhile.
func rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
