// Command zt-tools is the small static helper beside every workload: it publishes credential files, answers health
// checks for images that have no shell, and holds a network namespace open and ends what lost it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const usage = `usage:
  zt-tools install --manifest FILE --to DIRECTORY
  zt-tools probe https --address HOST:PORT --server-name NAME --ca FILE --path PATH [--expect TEXT]
                       [--cert FILE --key FILE] [--uri SPIFFE-ID] [--timeout 3s] [--end-if-cut-off]
  zt-tools probe unix --socket FILE --path PATH [--expect TEXT] [--timeout 3s] [--end-if-cut-off]
  zt-tools probe tcp --address HOST:PORT [--timeout 3s] [--end-if-cut-off]
  zt-tools pause
`

// errUsage marks a mistake in the command line itself: exit code 2 instead of 1.
var errUsage = errors.New("wrong usage")

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	err := dispatch(args, stdout)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "zt-tools: %s\n%s", oneLine(err), usage)
		return 2
	default:
		fmt.Fprintf(stderr, "zt-tools: %s\n", oneLine(err))
		return 1
	}
}

func dispatch(args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: no command", errUsage)
	}
	switch args[0] {
	case "install":
		return installCommand(args[1:], stdout)
	case "probe":
		return probeCommand(args[1:])
	case "pause":
		return pauseCommand(args[1:])
	default:
		return fmt.Errorf("%w: unknown command %q", errUsage, args[0])
	}
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
