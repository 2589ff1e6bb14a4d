package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	processing "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
)

const (
	// How late the end of a grant may be noticed.
	sweepInterval = 250 * time.Millisecond
	// Request headers are the largest thing that comes.
	maxMessage = 256 << 10
	// Envoy opens another connection above this; the bound over all connections is maxSockets.
	streamsPerConnection = maxSockets + 100
)

func serveCommand(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	path := flags.String("config", "", "")
	if err := parseFlags(flags, args, "config"); err != nil {
		return err
	}
	config, err := readConfig(*path)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return serve(ctx, config, stdout)
}

// serve returns when the context ends. Open WebSockets end with it: what is not watched is not allowed.
func serve(ctx context.Context, config config, stdout io.Writer) error {
	kept, list, err := openStore(config.State)
	if err != nil {
		return err
	}
	defer kept.close()
	journal := &journal{out: stdout}
	discovery := newDiscovery(ctx, journal)
	a := &administrator{
		grants:      config.Grants,
		sessionLife: time.Duration(config.SessionHours) * time.Hour,
		journal:     journal,
		now:         time.Now,
		save:        kept.save,
		publish:     discovery.publish,
		sockets:     map[*socket]struct{}{},
	}
	if err := a.replace(list); err != nil {
		return err
	}
	a.sweep()

	grpcListener, err := net.Listen("tcp", config.GRPC)
	if err != nil {
		return err
	}
	defer grpcListener.Close()
	httpListener, err := net.Listen("tcp", config.HTTP)
	if err != nil {
		return err
	}
	defer httpListener.Close()
	controlListener, err := listenPrivately(config.Socket)
	if err != nil {
		return err
	}
	defer controlListener.Close()

	streams := grpc.NewServer(grpc.MaxConcurrentStreams(streamsPerConnection), grpc.MaxRecvMsgSize(maxMessage))
	processing.RegisterExternalProcessorServer(streams, &processor{administrator: a})
	discovery.register(streams)
	signOut, control := bounded(signOutHandler(a, config.SignedOut)), bounded(controlHandler(a))
	// Stop, not GracefulStop: that would wait for the WebSockets to end by themselves.
	defer streams.Stop()
	defer signOut.Close()
	defer control.Close()

	ended := make(chan error, 3)
	go func() { ended <- streams.Serve(grpcListener) }()
	go func() { ended <- signOut.Serve(httpListener) }()
	go func() { ended <- control.Serve(controlListener) }()
	ticks := time.NewTicker(sweepInterval)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-ended:
			return fmt.Errorf("stopped serving: %w", err)
		case <-ticks.C:
			a.sweep()
		}
	}
}

// listenPrivately makes a socket only this user can open. One left by a killed run is removed: the lock on the state says
// that nobody serves it.
func listenPrivately(path string) (net.Listener, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("socket: %s exists and is not a socket", path)
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("socket: %w", err)
	}
	// A mode set after the fact would leave a moment in between.
	before := syscall.Umask(0o177)
	defer syscall.Umask(before)
	return net.Listen("unix", path)
}
