package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"zero-trust-openclaw/images/workload-tools/cli"
)

// pauseCommand keeps its network namespace alive until it is told to stop. It has no children, so it reaps nothing.
func pauseCommand(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%w: pause takes no argument", cli.ErrUsage)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	return nil
}
