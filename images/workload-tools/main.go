// Command zt-tools is the small static helper beside every workload: it publishes credential files, keeps a list of
// addresses in a configuration current, answers health checks for images that have no shell, and holds a network namespace
// open and ends what lost it.
package main

import (
	"fmt"
	"io"
	"os"

	"zero-trust-openclaw/images/workload-tools/cli"
)

const usage = `usage:
  zt-tools install --manifest FILE --to DIRECTORY
  zt-tools put --to DIRECTORY --name NAME          (the new content comes on standard input)
  zt-tools copy --to DIRECTORY
  zt-tools follow --from FILE --addresses FILE --list KEY.KEY --to FILE [--check]
  zt-tools probe https --address HOST:PORT --server-name NAME --ca FILE --path PATH [--expect TEXT]
                       [--cert FILE --key FILE] [--uri SPIFFE-ID] [--timeout 3s] [--end-if-cut-off]
  zt-tools probe unix --socket FILE --path PATH [--expect TEXT] [--timeout 3s] [--end-if-cut-off]
  zt-tools probe tcp --address HOST:PORT [--timeout 3s] [--end-if-cut-off]
  zt-tools pause
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	return cli.Exit("zt-tools", usage, dispatch(args, stdout), stderr)
}

func dispatch(args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: no command", cli.ErrUsage)
	}
	switch args[0] {
	case "install":
		return installCommand(args[1:], stdout)
	case "put":
		return putCommand(args[1:], os.Stdin, stdout)
	case "copy":
		return copyCommand(args[1:])
	case "follow":
		return followCommand(args[1:], stdout)
	case "probe":
		return probeCommand(args[1:])
	case "pause":
		return pauseCommand(args[1:])
	default:
		return fmt.Errorf("%w: unknown command %q", cli.ErrUsage, args[0])
	}
}
