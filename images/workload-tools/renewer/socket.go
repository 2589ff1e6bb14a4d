package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"zero-trust-openclaw/images/workload-tools/cli"
)

const headerTimeout = 5 * time.Second

// order is a renewal that somebody asked for, and what of it is not as in the configuration.
type order struct {
	lifetime *time.Duration
	// done hears once, when the new certificate is published or cannot be had.
	done chan error
}

type complaint struct {
	Error string `json:"error"`
}

// newServer answers on the unix socket. All it is asked to do it leaves to the one who takes the orders.
func newServer(r *renewer, orders chan<- order) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, r.status()) })
	mux.Handle("GET /metrics", metricsHandler(r))
	mux.HandleFunc("POST /renew", func(w http.ResponseWriter, request *http.Request) {
		one := order{done: make(chan error, 1)}
		if given := request.URL.Query().Get("lifetime"); given != "" {
			lifetime, err := time.ParseDuration(given)
			if err != nil {
				answer(w, http.StatusBadRequest, complaint{fmt.Sprintf("lifetime %q is not a duration; write it as 90m or 24h", given)})
				return
			}
			one.lifetime = &lifetime
		}
		select {
		case orders <- one:
		case <-request.Context().Done():
			return
		}
		if err := <-one.done; err != nil {
			answer(w, http.StatusBadGateway, complaint{cli.OneLine(err)})
			return
		}
		answer(w, http.StatusOK, r.status())
	})
	return &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout, ErrorLog: log.New(io.Discard, "", 0)}
}

func answer(w http.ResponseWriter, code int, value any) {
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(value)
}

// listenPrivately makes a socket only this user can open. One left by a killed run is removed.
func listenPrivately(path string) (net.Listener, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("socket: %s exists and is not a socket", path)
	}
	if err == nil {
		if other, refused := net.Dial("unix", path); refused == nil {
			other.Close()
			return nil, fmt.Errorf("socket: %s is served by another renewer that still runs", path)
		}
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("socket: %w", err)
	}
	// A mode set after the fact would leave a moment in between.
	before := syscall.Umask(0o177)
	defer syscall.Umask(before)
	return net.Listen("unix", path)
}
