package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"zero-trust-openclaw/images/workload-tools/cli"
)

func runCommand(args []string, around surrounding, stdout io.Writer) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	path := flags.String("config", "", "")
	if err := cli.ParseFlags(flags, args, "config"); err != nil {
		return err
	}
	config, err := readConfig(*path)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return run(ctx, newRenewer(config, around, newJournal(config, stdout)))
}

// run returns nil when it is told to end, and errCutOff when it lost its network.
func run(outer context.Context, r *renewer) error {
	ctx, cancel := context.WithCancelCause(outer)
	defer cancel(nil)
	listener, err := listenPrivately(r.config.Socket)
	if err != nil {
		return err
	}
	// The server closes it too, but only if it came to serve it.
	defer listener.Close()
	orders := make(chan order)
	server := newServer(r, orders)
	defer server.Close()
	go func() { cancel(fmt.Errorf("stopped serving %s: %w", r.config.Socket, server.Serve(listener))) }()
	if err := r.start(); err != nil {
		return err
	}
	go watch(ctx, r, cancel)
	for ctx.Err() == nil {
		pause, err := r.step(ctx)
		if err != nil {
			cancel(err)
		}
		select {
		case <-ctx.Done():
		case one := <-orders:
			one.done <- r.renew(ctx, &one)
		case <-time.After(pause):
		}
	}
	return r.farewell(outer, context.Cause(ctx))
}

// watch ends a request that waits for an answer which cannot come any more.
func watch(ctx context.Context, r *renewer, cancel context.CancelCauseFunc) {
	ticks := time.NewTicker(r.look)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			if r.cutOff() {
				cancel(errCutOff)
			}
		}
	}
}

func (r *renewer) farewell(outer context.Context, cause error) error {
	if errors.Is(cause, errCutOff) {
		r.journal.Error(eventCutOff, "reason", cli.OneLine(cause))
		return cause
	}
	if outer.Err() != nil {
		return nil
	}
	return cause
}
