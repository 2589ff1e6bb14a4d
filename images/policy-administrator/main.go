// Command policy-administrator ends what is revoked: it runs beside the guard's Envoy, tells it whom to deny, holds one
// gRPC stream for each open WebSocket, and cuts those whose user, session or grant is over. It is the policy
// administrator of NIST SP 800-207, which establishes and shuts down the path between a subject and a resource.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const usage = `usage:
  policy-administrator serve --config FILE
  policy-administrator revoke  --user EMAIL | --user client:ID | --subject SUB | --session SID [--socket FILE]
  policy-administrator restore --user EMAIL | --user client:ID | --subject SUB | --session SID [--socket FILE]
  policy-administrator list [--socket FILE]
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
	err := dispatch(args, stdout)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "policy-administrator: %s\n%s", oneLine(err), usage)
		return exitUsage
	case errors.Is(err, errConfig):
		fmt.Fprintf(stderr, "policy-administrator: %s\n", oneLine(err))
		return exitConfig
	default:
		fmt.Fprintf(stderr, "policy-administrator: %s\n", oneLine(err))
		return 1
	}
}

func dispatch(args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: no command", errUsage)
	}
	switch args[0] {
	case "serve":
		return serveCommand(args[1:], stdout)
	case "revoke", "restore":
		return changeCommand(args[0], args[1:], stdout)
	case "list":
		return listCommand(args[1:], stdout)
	default:
		return fmt.Errorf("%w: unknown command %q", errUsage, args[0])
	}
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
