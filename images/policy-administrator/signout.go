package main

import (
	"errors"
	"net/http"
	"time"
)

const (
	maxHeaderBytes = 64 << 10
	maxBody        = 8 << 10
	requestTime    = 5 * time.Second
	// Longer than Envoy keeps an idle connection, so that no request meets one that is being closed.
	idleTime = 2 * time.Hour
)

// Headers that the guard's Envoy overwrites with verified claims.
const (
	subjectHeader = "x-zt-subject"
	sessionHeader = "x-zt-session"
)

// signOutHandler answers the one path that the guard routes here.
func signOutHandler(a *administrator, signedOut string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("cache-control", "no-store")
		if r.URL.Path != "/sign-out" || r.Method != http.MethodGet && r.Method != http.MethodPost {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		subject, session := r.Header.Values(subjectHeader), r.Header.Values(sessionHeader)
		// Twice the same header would mean that something before us did not overwrite it.
		if len(subject) != 1 || checkValue(subject[0]) != nil || len(session) > 1 {
			http.Error(w, "nobody to sign out", http.StatusBadRequest)
			return
		}
		var named string
		if len(session) == 1 && session[0] != "" {
			if checkValue(session[0]) != nil {
				http.Error(w, "not a session", http.StatusBadRequest)
				return
			}
			named = session[0]
		}
		// What could not be saved yet is tried again; the person's browser is to forget its cookies now.
		if err := a.signOut(subject[0], named); err != nil && !errors.Is(err, errNotSaved) {
			http.Error(w, "signed out for now, but this could not be kept", http.StatusInternalServerError)
			return
		}
		w.Header().Set("location", signedOut)
		w.WriteHeader(http.StatusFound)
	})
}

func bounded(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: requestTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      2 * requestTime,
		IdleTimeout:       idleTime,
	}
}
