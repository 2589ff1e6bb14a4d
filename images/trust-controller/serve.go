package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// How late a lost lease may be noticed between two writes; before a write it is looked at anyhow.
const leaseLook = 250 * time.Millisecond

// errLost ends the process: what it believes of the cluster may be old, and a new start is the simplest way to know.
var errLost = errors.New("the lease was lost or could not be renewed; another replica may write now, so this one ends to be started again")

// serve returns nil when the context ends.
func serve(ctx context.Context, config config, clients clients, term term, stdout io.Writer) error {
	journal := &journal{out: stdout}
	name, err := identity()
	if err != nil {
		return err
	}
	election, err := newElection(config.Lease, clients.lease, name, term, journal)
	if err != nil {
		return err
	}
	work, stopWork := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stopWork()

	var keepers []*keeper
	for _, w := range config.Watches {
		k, err := newKeeper(w, clients.objects, journal, election.leading, term.lookEvery)
		if err != nil {
			return err
		}
		keepers = append(keepers, k)
	}
	known := func() bool {
		for _, k := range keepers {
			if !k.informer.HasSynced() {
				return false
			}
		}
		return true
	}
	listener, err := listenPrivately(config.Socket)
	if err != nil {
		return err
	}
	server := healthServer(func() health { return health{Ready: known(), Leading: election.leading()} })
	defer server.Close()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	for _, k := range keepers {
		working.Go(func() { k.informer.RunWithContext(work) })
	}
	election.begin()
	ticks := time.NewTicker(leaseLook)
	defer ticks.Stop()
	won, lost := election.won, make(chan struct{}, len(keepers))
	for {
		select {
		case <-ctx.Done():
			// The lease is given back when nobody writes any more.
			stopWork()
			working.Wait()
			election.leave()
			return nil
		case err := <-ended:
			return fmt.Errorf("stopped serving: %w", err)
		case <-won:
			won = nil
			for _, k := range keepers {
				working.Go(func() {
					k.keep(work)
					lost <- struct{}{}
				})
			}
		case <-lost:
			if ctx.Err() == nil {
				return errLost
			}
		case <-election.over:
			return errLost
		case <-ticks.C:
			if won == nil && !election.leading() {
				return errLost
			}
		}
	}
}
