package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"zero-trust-openclaw/images/workload-tools/cli"
	"zero-trust-openclaw/images/workload-tools/publish"
)

const (
	followInterval = time.Second
	// The configuration may hold a secret: for the owner and the group, nobody else.
	followedMode = 0o440
	maxFollowed  = 1 << 20
)

// follower keeps a copy of a JSON file in which one list comes from another file. The sources are volumes of Secrets, which
// change by a link; the copy changes by a rename, which is what OpenClaw notices.
type follower struct {
	from, addresses, list, to string
}

func followCommand(args []string, stdout io.Writer) error {
	var f follower
	flags := flag.NewFlagSet("follow", flag.ContinueOnError)
	flags.StringVar(&f.from, "from", "", "")
	flags.StringVar(&f.addresses, "addresses", "", "")
	flags.StringVar(&f.list, "list", "", "")
	flags.StringVar(&f.to, "to", "", "")
	check := flags.Bool("check", false, "")
	if err := cli.ParseFlags(flags, args, "from", "addresses", "list", "to"); err != nil {
		return err
	}
	if err := checkListPath(f.list); err != nil {
		return fmt.Errorf("%w: follow: %v", cli.ErrUsage, err)
	}
	if *check {
		return f.check()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	f.follow(ctx, followInterval, &followLog{out: stdout})
	return nil
}

// follow looks for changes until the context ends.
func (f follower) follow(ctx context.Context, interval time.Duration, log *followLog) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	refused := ""
	for {
		list, changed, err := f.update()
		switch {
		case err != nil && err.Error() != refused:
			// Once for each reason, not every second.
			refused = err.Error()
			log.write(followEvent{Event: "refused", To: f.to, Reason: refused})
		case err == nil && (changed || refused != ""):
			refused = ""
			log.write(followEvent{Event: map[bool]string{true: "written", false: "unchanged"}[changed], To: f.to, Addresses: list})
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// update writes the copy if it is not what it should be. If a source is wrong, the copy stays as it is.
func (f follower) update() (list []string, changed bool, err error) {
	wanted, list, err := f.render()
	if err != nil {
		return nil, false, err
	}
	if f.applied(wanted) == nil {
		return list, false, nil
	}
	return list, true, replaceFile(f.to, wanted, followedMode)
}

func (f follower) check() error {
	wanted, _, err := f.render()
	if err != nil {
		return err
	}
	return f.applied(wanted)
}

func (f follower) render() ([]byte, []string, error) {
	config, err := readLimited(f.from)
	if err != nil {
		return nil, nil, fmt.Errorf("--from: %w", err)
	}
	lines, err := readLimited(f.addresses)
	// An optional Secret that is not there: nobody is to be believed.
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("--addresses: %w", err)
	}
	list, err := parseAddresses(lines)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.addresses, err)
	}
	rendered, err := setList(config, f.list, list)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.from, err)
	}
	return rendered, list, nil
}

// applied says why the copy is not as it should be.
func (f follower) applied(wanted []byte) error {
	info, err := os.Lstat(f.to)
	if err != nil {
		return fmt.Errorf("not written yet: %w", err)
	}
	if info.Mode() != followedMode {
		return fmt.Errorf("%s has the mode %v, want %v", f.to, info.Mode(), fs.FileMode(followedMode))
	}
	found, err := os.ReadFile(f.to)
	if err != nil {
		return err
	}
	if !bytes.Equal(found, wanted) {
		return fmt.Errorf("%s is not what its sources say now", f.to)
	}
	return nil
}

// replaceFile lets a reader see either the old content or the new one, and a watcher one rename.
func replaceFile(path string, content []byte, mode fs.FileMode) error {
	directory := filepath.Dir(path)
	temporary := filepath.Join(directory, ".."+filepath.Base(path)+"_tmp")
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := publish.WriteFile(temporary, content, mode); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return publish.SyncDirectory(directory)
}

func readLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFollowed+1))
	if err == nil && len(content) > maxFollowed {
		err = fmt.Errorf("%s holds more than 1 MiB", path)
	}
	return content, err
}
