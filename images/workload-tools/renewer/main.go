// Command zt-renewer keeps the certificate of one workload fresh: it runs beside the workload, enrols it with the issuer,
// and replaces certificate and key together, long before they expire.
package main

import (
	"fmt"
	"io"
	"os"

	"zero-trust-openclaw/images/workload-tools/cli"
)

const usage = `usage:
  zt-renewer run --config FILE
  zt-renewer status --socket FILE
  zt-renewer metrics --socket FILE
  zt-renewer renew --socket FILE [--lifetime 2m]
  zt-renewer issue --config FILE [--lifetime 2m] [--uri URI]... [--dns NAME]... [--ip ADDRESS]... [--usage server|client]...
                   (any name given replaces all names of the configuration, any usage all its usages)
`

func main() {
	os.Exit(execute(os.Args[1:], surroundings(), os.Stdout, os.Stderr))
}

func execute(args []string, around surrounding, stdout, stderr io.Writer) int {
	return cli.Exit("zt-renewer", usage, dispatch(args, around, stdout), stderr)
}

func dispatch(args []string, around surrounding, stdout io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: no command", cli.ErrUsage)
	}
	switch args[0] {
	case "run":
		return runCommand(args[1:], around, stdout)
	case "status", "metrics":
		return showCommand(args[0], args[1:], stdout)
	case "renew":
		return renewCommand(args[1:], stdout)
	case "issue":
		return issueCommand(args[1:], around, stdout)
	default:
		return fmt.Errorf("%w: unknown command %q", cli.ErrUsage, args[0])
	}
}
