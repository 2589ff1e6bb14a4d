package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary play zt-tools in a child process, where signals can be sent to it.
func TestMain(m *testing.M) {
	if os.Getenv("ZT_TOOLS_CHILD") != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestPauseStopsOnSignal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			child := exec.Command(os.Args[0], "pause")
			child.Env = append(os.Environ(), "ZT_TOOLS_CHILD=1")
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- child.Wait() }()
			select {
			case err := <-ended:
				t.Fatalf("ended by itself: %v", err)
			case <-time.After(300 * time.Millisecond):
			}
			child.Process.Signal(signal)
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("exit: %v, want 0", err)
				}
			case <-time.After(5 * time.Second):
				child.Process.Kill()
				t.Fatal("did not stop")
			}
		})
	}
}
