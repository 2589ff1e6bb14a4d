package main

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
)

// event is one line of the log. It never holds a token, a header or a cookie.
type event struct {
	Time    string   `json:"time"`
	Log     string   `json:"log"`
	Event   string   `json:"event"`
	User    string   `json:"user,omitempty"`
	Subject string   `json:"subject,omitempty"`
	Session string   `json:"session,omitempty"`
	Roles   []string `json:"roles,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

func about(name string, who identity, reason string) event {
	return event{Event: name, User: who.user(), Subject: who.Subject, Session: who.Session, Roles: who.Roles, Reason: reason}
}

func aboutSelector(name string, chosen selector, reason string) event {
	e := event{Event: name, Reason: reason}
	switch chosen.Kind {
	case byUser:
		e.User = chosen.Value
	case byClient:
		e.User = clientPrefix + chosen.Value
	case bySubject:
		e.Subject = chosen.Value
	case bySession:
		e.Session = chosen.Value
	}
	return e
}

// journal writes one JSON line per event.
type journal struct {
	mu  sync.Mutex
	out io.Writer
}

func (j *journal) write(e event) {
	e.Time, e.Log = time.Now().UTC().Format(time.RFC3339Nano), "policy-administrator"
	for _, text := range []*string{&e.User, &e.Subject, &e.Session, &e.Reason} {
		*text = legible(*text)
	}
	roles := make([]string, len(e.Roles))
	for i, role := range e.Roles {
		roles[i] = legible(role)
	}
	e.Roles = roles
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.out.Write(append(line, '\n'))
}

// legible keeps a value that somebody chose from looking like something else: JSON leaves C1 controls and
// right-to-left marks as they are, and some readers break lines at the former.
func legible(text string) string {
	if len(text) > maxValue {
		text = text[:maxValue] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
