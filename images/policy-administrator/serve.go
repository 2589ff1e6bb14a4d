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
	"sync"
	"syscall"
	"time"

	processing "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
	api "k8s.io/client-go/rest"
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
	var access *api.Config
	if config.Secret != nil {
		if access, err = inCluster(); err != nil {
			return err
		}
		tellAll(stdout)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return serve(ctx, config, access, stdout)
}

// serve returns when the context ends. Open WebSockets end with it: what is not watched is not allowed. It answers nobody
// before it has read the list.
func serve(ctx context.Context, config config, access *api.Config, stdout io.Writer) error {
	journal := &journal{out: stdout}
	opened, err := openList(ctx, config, access, journal)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer opened.close()
	discovery := newDiscovery(ctx, journal)
	a := &administrator{
		grants:      config.Grants,
		sessionLife: time.Duration(config.SessionHours) * time.Hour,
		journal:     journal,
		now:         time.Now,
		store:       opened.store,
		publish:     discovery.publish,
		changing:    make(chan struct{}, 1),
		sockets:     map[*socket]struct{}{},
	}
	if err := a.start(opened.first); err != nil {
		return err
	}

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
	signOut, control := bounded(signOutHandler(a, config.SignedOut)), bounded(controlHandler(a, opened))
	// Stop, not GracefulStop: that would wait for the WebSockets to end by themselves.
	defer streams.Stop()
	defer signOut.Close()
	defer control.Close()

	ended := make(chan error, 3)
	go func() { ended <- streams.Serve(grpcListener) }()
	go func() { ended <- signOut.Serve(httpListener) }()
	go func() { ended <- control.Serve(controlListener) }()
	work, stopWork := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stopWork()
	working.Go(func() { a.keepSaving(work) })
	working.Go(func() { opened.follow(work, a) })
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

// list is where the list is kept, as it was found there.
type list struct {
	store store
	first kept
	// follow brings what others write, until the context ends.
	follow func(context.Context, *administrator)
	// current says whether the list here is known to be what all share.
	current func() bool
	shared  bool
	close   func()
}

func openList(ctx context.Context, config config, access *api.Config, journal *journal) (list, error) {
	if config.Secret == nil {
		kept, err := openFile(config.State)
		if err != nil {
			return list{}, err
		}
		return list{kept, kept.kept, func(context.Context, *administrator) {}, func() bool { return true }, false, kept.close}, nil
	}
	secrets, err := newSecretClient(access, *config.Secret)
	if err != nil {
		return list{}, err
	}
	shared := newSharedStore(secrets, journal)
	first, err := shared.first(ctx)
	return list{shared, first, shared.follow, shared.current, true, func() {}}, err
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
