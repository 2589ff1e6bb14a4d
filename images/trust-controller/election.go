package main

import (
	"context"
	"os"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// term is how long a lease lasts, and how often the Secrets are looked at.
type term struct {
	lease, deadline, retry time.Duration
	lookEvery              time.Duration
}

var usualTerm = term{lease: 15 * time.Second, deadline: 10 * time.Second, retry: 2 * time.Second, lookEvery: 10 * time.Second}

// election decides which replica writes.
type election struct {
	elector *leaderelection.LeaderElector
	term    term
	// won is closed when this replica begins to lead, over when it has stopped to take part.
	won, over chan struct{}
	stop      context.CancelFunc
}

func newElection(lease object, client kubernetes.Interface, identity string, term term, journal *journal) (*election, error) {
	e := &election{term: term, won: make(chan struct{}), over: make(chan struct{})}
	var err error
	e.elector, err = leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  meta.ObjectMeta{Namespace: lease.Namespace, Name: lease.Name},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		},
		LeaseDuration: term.lease, RenewDeadline: term.deadline, RetryPeriod: term.retry,
		// The next one need not wait. Only leave is allowed to make use of it.
		ReleaseOnCancel: true,
		Name:            lease.String(),
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(e.won) },
			OnStoppedLeading: func() { close(e.over) },
			OnNewLeader:      func(holder string) { journal.write(event{Event: "leader", Holder: holder}) },
		},
	})
	return e, err
}

func (e *election) begin() {
	var ctx context.Context
	ctx, e.stop = context.WithCancel(context.Background())
	go e.elector.Run(ctx)
}

// leading is false also when the lease could not be renewed for too long, as after a pause of the whole process: another
// one may have it by then.
func (e *election) leading() bool { return e.elector.IsLeader() && e.fresh() }

func (e *election) fresh() bool { return e.elector.Check(e.term.deadline-e.term.lease) == nil }

// leave gives the lease back. One that is old is left to run out: releasing it could end another replica's.
func (e *election) leave() {
	if !e.fresh() {
		return
	}
	e.stop()
	<-e.over
}

// identity is never used again, not even by a container of the same name.
func identity() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	return host + "_" + string(uuid.NewUUID()), nil
}
