package main

import (
	"flag"
	"fmt"
	"io"
)

// parseFlags reads flags quietly, refuses left-over arguments, and reports every mistake as errUsage.
func parseFlags(flags *flag.FlagSet, args []string, required ...string) error {
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %s: %v", errUsage, flags.Name(), err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: %s: unexpected argument %q", errUsage, flags.Name(), flags.Arg(0))
	}
	for _, name := range required {
		if flags.Lookup(name).Value.String() == "" {
			return fmt.Errorf("%w: %s: --%s is required", errUsage, flags.Name(), name)
		}
	}
	return nil
}
