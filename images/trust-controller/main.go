// Command trust-controller keeps lists of addresses equal to the pods that may be believed: OpenClaw believes identity
// headers only from the addresses in its configuration, and the pods of the guard have new ones whenever they are
// replaced. For each list it watches the pods of one namespace and writes one key of one Secret.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/go-logr/logr/funcr"
	"k8s.io/klog/v2"
)

const usage = `usage:
  trust-controller --config FILE [--kubeconfig FILE]

Without --kubeconfig it uses the service account of its pod.
`

const (
	exitUsage  = 2
	exitConfig = 78
)

var (
	// errUsage marks a mistake in the command line itself.
	errUsage = errors.New("wrong usage")
	// errConfig marks a configuration that cannot be served: starting again would not help.
	errConfig = errors.New("wrong configuration")
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	err := start(args, stdout)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "trust-controller: %s\n", oneLine(err))
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprint(stderr, usage)
		return exitUsage
	case errors.Is(err, errConfig):
		return exitConfig
	default:
		return 1
	}
}

func start(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("trust-controller", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	path := flags.String("config", "", "")
	kubeconfig := flags.String("kubeconfig", "", "")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %v", errUsage, err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(0))
	}
	if *path == "" {
		return fmt.Errorf("%w: --config is required", errUsage)
	}
	config, err := readConfig(*path)
	if err != nil {
		return err
	}
	ends, err := connect(*kubeconfig)
	if err != nil {
		return err
	}
	tellAll(stdout)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return serve(ctx, config, ends, usualTerm, stdout)
}

// tellAll makes what the Kubernetes client says of its own accord part of the log, such as that nobody answers.
func tellAll(stdout io.Writer) {
	journal := &journal{out: stdout}
	klog.SetLogger(funcr.New(func(_, said string) { journal.write(event{Event: "client", Reason: said}) }, funcr.Options{}))
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
