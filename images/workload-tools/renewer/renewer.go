package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"zero-trust-openclaw/images/workload-tools/cli"
	"zero-trust-openclaw/images/workload-tools/namespace"
	"zero-trust-openclaw/images/workload-tools/publish"
)

const (
	byRekey     = "rekey"
	byEnrolment = "enrolment"

	// Two successes are at least this far apart, whatever lives the issuer gives.
	leastInterval  = time.Second
	reportInterval = time.Hour
	// No planned wait is longer, so one that is comes from a clock that was set back.
	implausibleWait = 2 * time.Minute
)

// errCutOff ends the program, so that the engine starts it again in the new namespace.
var errCutOff = errors.New("the network namespace has lost its links; only in a new one can the issuer be reached")

// renewer keeps one pair published. All that changes it runs in one goroutine; the lock is for those who look.
type renewer struct {
	config config
	surrounding
	journal *slog.Logger
	backoff *backoff.ExponentialBackOff

	mu      sync.Mutex
	current *pair
	life    life
	renewAt time.Time
	// retryAt is zero unless the last attempt failed.
	retryAt     time.Time
	attempt     int
	successes   map[string]int
	failures    int
	lastFailure string
	reportAt    time.Time
}

func newRenewer(c config, around surrounding, journal *slog.Logger) *renewer {
	return &renewer{config: c, surrounding: around, journal: journal, backoff: newBackoff(), successes: map[string]int{}}
}

// newBackoff waits from 1 s to 60 s: the random part of a fifth is already in these.
func newBackoff() *backoff.ExponentialBackOff {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval = 1250 * time.Millisecond
	waits.MaxInterval = 50 * time.Second
	waits.Multiplier = 2
	waits.RandomizationFactor = 0.2
	return waits
}

// start takes over what an earlier run published, if it still fits, and finishes what that run could not.
func (r *renewer) start() error {
	target, err := publish.Open(r.config.Directory)
	if err != nil {
		return err
	}
	defer target.Close()
	if err := target.CleanUp(); err != nil {
		return err
	}
	files, _, why := target.Files()
	var found *pair
	if why == nil {
		found, why = r.judge(files)
	}
	if why != nil {
		r.journal.Info(eventEnrolling, "reason", cli.OneLine(why))
		return nil
	}
	// The same again changes nothing, but mends links that were not made any more, and what does not belong there.
	if files, err = found.files(); err != nil {
		return err
	}
	if _, err := target.Publish(files, ownUser()); err != nil {
		return err
	}
	r.use(found)
	r.report()
	return nil
}

func (r *renewer) judge(files map[string][]byte) (*pair, error) {
	if len(files) == 0 {
		return nil, errors.New("there is no certificate yet")
	}
	found, err := pairFrom(files)
	if err != nil {
		return nil, err
	}
	return found, r.config.checkFound(found, r.now())
}

// step does what is due, and says how long to pause before the next look at the clock.
func (r *renewer) step(ctx context.Context) (time.Duration, error) {
	if r.cutOff() {
		return 0, errCutOff
	}
	if r.due(r.now()) {
		if err := r.renew(ctx, nil); err != nil && r.cutOff() {
			return 0, errCutOff
		}
	}
	now := r.now()
	if r.current != nil && (!now.Before(r.reportAt) || r.reportAt.Sub(now) > reportInterval) {
		r.report()
	}
	return r.pause(now), nil
}

// due compares times of the wall clock. If that was set back, what was planned before may be far away.
func (r *renewer) due(now time.Time) bool {
	if !r.retryAt.IsZero() {
		return !now.Before(r.retryAt) || r.retryAt.Sub(now) > implausibleWait
	}
	return r.current == nil || !now.Before(r.renewAt) || now.Before(r.current.leaf().NotBefore)
}

func (r *renewer) pause(now time.Time) time.Duration {
	next, longest := r.renewAt, longestPause
	if !r.retryAt.IsZero() {
		next = r.retryAt
	}
	if r.current != nil {
		longest = r.life.pause()
	}
	return min(longest, max(next.Sub(now), 0))
}

// renew tries once, because it is due or because somebody ordered it.
func (r *renewer) renew(ctx context.Context, ordered *order) error {
	began := r.now()
	var lifetime *time.Duration
	if ordered != nil {
		lifetime = ordered.lifetime
	}
	fresh, how, err := r.obtain(ctx, lifetime)
	if err == nil {
		err = r.publish(fresh)
	}
	if ctx.Err() != nil && err != nil {
		// Told to end: that is no failure of the issuer.
		return context.Cause(ctx)
	}
	if err != nil {
		r.fail(err, ordered != nil)
		return err
	}
	r.use(fresh)
	r.mu.Lock()
	r.successes[how]++
	r.mu.Unlock()
	r.journal.Info(eventRenewed, "how", how, "tookMs", r.now().Sub(began).Milliseconds())
	r.report()
	return nil
}

// obtain gets a pair that may be published. A certificate of another life can only be enrolled for.
func (r *renewer) obtain(ctx context.Context, lifetime *time.Duration) (*pair, string, error) {
	if r.current != nil && lifetime == nil {
		why := r.config.check(r.current, r.now())
		if why == nil {
			fresh, err := r.config.rekey(ctx, r.current)
			if err == nil {
				return fresh, byRekey, r.config.checkAnswer(fresh, r.life.length(), r.now())
			}
			if !refusesToRenew(err) {
				return nil, byRekey, err
			}
			why = err
		}
		r.journal.Info(eventEnrolling, "reason", cli.OneLine(why))
	}
	asked := r.config.Lifetime
	if lifetime != nil {
		asked = *lifetime
	}
	fresh, err := r.config.enrol(ctx, wish{r.config.Names, r.config.Usages, asked.String()}, r.now())
	if err != nil {
		return nil, byEnrolment, err
	}
	return fresh, byEnrolment, r.config.checkAnswer(fresh, asked, r.now())
}

func (r *renewer) publish(fresh *pair) error {
	files, err := fresh.files()
	if err != nil {
		return err
	}
	target, err := publish.Open(r.config.Directory)
	if err != nil {
		return err
	}
	defer target.Close()
	if _, err := target.Publish(files, ownUser()); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// use makes a published pair the current one.
func (r *renewer) use(fresh *pair) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current, r.life = fresh, lifeOf(fresh.leaf(), r.config.Backdate)
	r.renewAt = r.life.renewAt(r.random())
	if soonest := r.now().Add(leastInterval); r.renewAt.Before(soonest) {
		r.renewAt = soonest
	}
	r.retryAt, r.attempt, r.lastFailure = time.Time{}, 0, ""
	r.backoff.Reset()
}

// fail plans the next attempt. An order that failed changes nothing of what is planned: who gave it may repeat it.
func (r *renewer) fail(why error, ordered bool) {
	reason := cli.OneLine(why)
	r.mu.Lock()
	r.failures++
	r.lastFailure = reason
	next := r.renewAt
	if !ordered {
		r.attempt++
		r.retryAt = r.now().Add(r.backoff.NextBackOff())
	}
	if !r.retryAt.IsZero() {
		next = r.retryAt
	}
	attempt, wait := max(r.attempt, 1), max(next.Sub(r.now()), 0)
	r.mu.Unlock()
	r.journal.Error(eventFailed, "reason", reason, "attempt", attempt, "retryInMs", wait.Milliseconds())
}

// cutOff is false if the links cannot be listed: that is no proof that they are gone.
func (r *renewer) cutOff() bool {
	found, err := r.interfaces()
	return err == nil && namespace.CutOff(found)
}

// ownUser is whom the files belong to: this runs without the rights to give them away.
func ownUser() publish.Owner {
	return publish.Owner{UID: os.Getuid(), GID: os.Getgid()}
}
