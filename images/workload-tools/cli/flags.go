package cli

import (
	"flag"
	"fmt"
	"io"
)

// ParseFlags reads flags quietly, refuses left-over arguments, and reports every mistake as ErrUsage.
func ParseFlags(flags *flag.FlagSet, args []string, required ...string) error {
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %s: %v", ErrUsage, flags.Name(), err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: %s: unexpected argument %q", ErrUsage, flags.Name(), flags.Arg(0))
	}
	for _, name := range required {
		if flags.Lookup(name).Value.String() == "" {
			return fmt.Errorf("%w: %s: --%s is required", ErrUsage, flags.Name(), name)
		}
	}
	return nil
}
