package main

import (
	"encoding/json"
	"io"
	"net/http"
)

// changed is the answer to revoke and restore.
type changed struct {
	// Ended is how many sockets were ended.
	Ended int `json:"ended"`
	// Was says whether it was revoked before.
	Was bool `json:"was"`
	// Shared says whether other guards do the same.
	Shared bool `json:"shared,omitempty"`
}

type listing struct {
	Revocations []revocation `json:"revocations"`
	Sockets     []openSocket `json:"sockets"`
}

type refusal struct {
	Error string `json:"error"`
}

// health is ready as long as the service runs: it has read the list once, and an outage of the API server must not stop
// people.
type health struct {
	Ready bool `json:"ready"`
	// Stale says that nobody knows whether others have changed the list meanwhile.
	Stale bool `json:"stale,omitempty"`
	// Unsaved is how many revocations are in force here only.
	Unsaved int `json:"unsaved,omitempty"`
}

// controlHandler is the command API on the unix socket.
func controlHandler(a *administrator, kept list) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, health{true, !kept.current(), len(a.pending())})
	})
	mux.HandleFunc("GET /list", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, listing{append([]revocation{}, a.revocations()...), a.openSockets()})
	})
	mux.HandleFunc("POST /revoke", change(func(chosen selector) (changed, error) {
		ended, already, err := a.revoke(chosen, "revoked")
		return changed{ended, already, kept.shared}, err
	}))
	mux.HandleFunc("POST /restore", change(func(chosen selector) (changed, error) {
		was, err := a.restore(chosen)
		return changed{Was: was, Shared: kept.shared}, err
	}))
	return mux
}

func change(body func(selector) (changed, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			answer(w, http.StatusBadRequest, refusal{err.Error()})
			return
		}
		var given map[string]string
		if err := decodeOne(raw, &given); err != nil {
			answer(w, http.StatusBadRequest, refusal{"not a JSON object of text: " + err.Error()})
			return
		}
		chosen, err := parseSelector(given)
		if err != nil {
			answer(w, http.StatusBadRequest, refusal{err.Error()})
			return
		}
		result, err := body(chosen)
		if err != nil {
			answer(w, http.StatusInternalServerError, refusal{err.Error()})
			return
		}
		answer(w, http.StatusOK, result)
	}
}

func answer(w http.ResponseWriter, code int, value any) {
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(value)
}
