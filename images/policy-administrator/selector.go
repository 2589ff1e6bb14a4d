package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	byUser    = "user"
	byClient  = "client"
	bySubject = "subject"
	bySession = "session"

	clientPrefix = "client:"
	maxValue     = 512
)

// selector names whom a revocation is about.
type selector struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// parseSelector takes what a command says: exactly one of user, subject and session.
func parseSelector(given map[string]string) (selector, error) {
	for name := range given {
		if name != byUser && name != bySubject && name != bySession {
			return selector{}, fmt.Errorf("unknown selector %q: give one of user, subject, session", name)
		}
	}
	if len(given) != 1 {
		return selector{}, errors.New("give exactly one of user, subject, session")
	}
	var chosen selector
	for kind, value := range given {
		chosen = selector{kind, value}
	}
	if id, ok := strings.CutPrefix(chosen.Value, clientPrefix); ok && chosen.Kind == byUser {
		chosen = selector{byClient, id}
	}
	return chosen, chosen.check()
}

func (s selector) check() error {
	if !slices.Contains([]string{byUser, byClient, bySubject, bySession}, s.Kind) {
		return fmt.Errorf("unknown kind %q: user, client, subject or session", s.Kind)
	}
	if err := checkValue(s.Value); err != nil {
		return fmt.Errorf("%s %v", s.Kind, err)
	}
	if s.Kind == byUser && !strings.Contains(s.Value, "@") {
		return errors.New("user must be an e-mail address, or client:ID for a machine")
	}
	return nil
}

func checkValue(value string) error {
	switch {
	case value == "":
		return errors.New("must not be empty")
	case len(value) > maxValue:
		return fmt.Errorf("must not be longer than %d bytes", maxValue)
	case !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("must not hold control or invisible characters")
	case strings.TrimSpace(value) != value:
		return errors.New("must not begin or end with a space")
	}
	return nil
}

// same says whether both name the same. E-mail addresses are one whatever their letter case.
func (s selector) same(other selector) bool {
	if s.Kind != other.Kind {
		return false
	}
	if s.Kind == byUser {
		return strings.EqualFold(s.Value, other.Value)
	}
	return s.Value == other.Value
}

func (s selector) matches(who identity) bool {
	switch s.Kind {
	case byUser:
		return who.Email != "" && strings.EqualFold(s.Value, who.Email)
	case byClient:
		return slices.Contains(who.Clients, s.Value)
	case bySubject:
		return s.Value == who.Subject
	default:
		return s.Value == who.Session
	}
}

func (s selector) String() string {
	if s.Kind == byClient {
		return "user " + clientPrefix + s.Value
	}
	return s.Kind + " " + s.Value
}
