// Package cli is what the command lines of this image's programs have in common.
package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	exitFailure = 1
	exitUsage   = 2
	exitConfig  = 78
)

var (
	// ErrUsage marks a mistake in the command line itself.
	ErrUsage = errors.New("wrong usage")
	// ErrConfig marks a configuration that cannot be served: starting again would not help.
	ErrConfig = errors.New("wrong configuration")
)

// Exit tells a failure in one line, after a wrong command line also the usage, and returns the program's exit code.
func Exit(program, usage string, err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %s\n", program, OneLine(err))
	switch {
	case errors.Is(err, ErrUsage):
		fmt.Fprint(stderr, usage)
		return exitUsage
	case errors.Is(err, ErrConfig):
		return exitConfig
	default:
		return exitFailure
	}
}

// OneLine keeps a message from looking like several.
func OneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
