package main

import (
	"strings"
	"testing"
)

func TestSelectorsThatAreRefused(t *testing.T) {
	tests := []struct {
		name string
		args []string
		says string
	}{
		{"none", nil, "exactly one of user, subject, session"},
		{"two", []string{"--user", "a@example.com", "--session", "S"}, "exactly one"},
		{"one twice", []string{"--user", "a@example.com", "--user", "b@example.com"}, "given twice"},
		{"empty", []string{"--subject", ""}, "subject must not be empty"},
		{"empty client", []string{"--user", "client:"}, "client must not be empty"},
		{"not an address", []string{"--user", "alice"}, "user must be an e-mail address"},
		{"too long", []string{"--subject", strings.Repeat("x", maxValue+1)}, "longer than 512 bytes"},
		{"line break", []string{"--subject", "a\nb"}, "control or invisible"},
		{"escape", []string{"--session", "\x1b[31m"}, "control or invisible"},
		{"right-to-left mark", []string{"--user", "a\u202e@example.com"}, "control or invisible"},
		{"not text", []string{"--subject", "\xff"}, "control or invisible"},
		{"space around", []string{"--subject", " a"}, "begin or end with a space"},
		{"left-over argument", []string{"--subject", "a", "b"}, "unexpected argument"},
		{"unknown flag", []string{"--name", "a"}, "not defined"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, command := range []string{"revoke", "restore"} {
				expectExit(t, append([]string{command}, test.args...), exitUsage, test.says)
			}
		})
	}
	expectExit(t, nil, exitUsage, "no command")
	expectExit(t, []string{"stop"}, exitUsage, "unknown command")
}

func TestSelectorMatches(t *testing.T) {
	alice := identity{Email: "Alice@Example.com", Subject: "1", Session: "S1", Clients: []string{"web", "portal"}}
	nameless := identity{}
	for _, test := range []struct {
		chosen selector
		want   bool
	}{
		{selector{byUser, "alice@example.COM"}, true},
		{selector{byUser, "alice@example.co"}, false},
		{selector{bySubject, "1"}, true},
		{selector{bySubject, "11"}, false},
		{selector{bySession, "S1"}, true},
		{selector{bySession, "s1"}, false},
		{selector{byClient, "portal"}, true},
		{selector{byClient, "Portal"}, false},
	} {
		if test.chosen.matches(alice) != test.want {
			t.Errorf("%s: want %t", test.chosen, test.want)
		}
		if test.chosen.matches(nameless) {
			t.Errorf("%s matches somebody without that claim", test.chosen)
		}
	}
}
