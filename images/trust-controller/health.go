package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

const healthTime = 5 * time.Second

type health struct {
	// Ready is true when the pods are known, whether this replica writes or stands by.
	Ready   bool `json:"ready"`
	Leading bool `json:"leading"`
}

func healthServer(state func() health) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		said := state()
		w.Header().Set("content-type", "application/json")
		if !said.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		json.NewEncoder(w).Encode(said)
	})
	return &http.Server{Handler: mux, ReadTimeout: healthTime, WriteTimeout: healthTime, IdleTimeout: healthTime, MaxHeaderBytes: 4 << 10}
}

// listenPrivately makes a socket only this user can open. One left by a killed run is removed.
func listenPrivately(path string) (net.Listener, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("socket: %s exists and is not a socket", path)
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("socket: %w", err)
	}
	// A mode set after the fact would leave a moment in between.
	before := syscall.Umask(0o177)
	defer syscall.Umask(before)
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("socket: %w; its directory must be there and writable for user %d", err, os.Getuid())
	}
	return listener, nil
}
