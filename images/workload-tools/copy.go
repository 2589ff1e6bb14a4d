package main

import (
	"flag"
	"fmt"
	"os"

	"zero-trust-openclaw/images/workload-tools/cli"
)

const copyMode = 0o755

// copyCommand gives containers of other images this program, by a directory they share.
func copyCommand(args []string) error {
	flags := flag.NewFlagSet("copy", flag.ContinueOnError)
	to := flags.String("to", "", "")
	if err := cli.ParseFlags(flags, args, "to"); err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	content, err := os.ReadFile(executable)
	if err != nil {
		return err
	}
	info, err := os.Stat(*to)
	if err != nil {
		return fmt.Errorf("%w; mount a volume there", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", *to)
	}
	if err := placeSelf(content, *to, copyMode); err != nil {
		return fmt.Errorf("%w; the directory must be writable for user %d", err, os.Getuid())
	}
	return nil
}
