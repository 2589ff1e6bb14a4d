package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStateSurvives(t *testing.T) {
	directory := t.TempDir()
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	list := []revocation{
		{selector{byUser, "a@example.com"}, until, nil, "revoked"},
		{selector{bySession, "S1"}, until, &until, "signed-out"},
	}
	first, err := openFile(directory)
	if err != nil || len(first.kept.list) != 0 {
		t.Fatalf("a new state: %v %v", first, err)
	}
	if err := first.save(list); err != nil {
		t.Fatal(err)
	}
	if _, err := openFile(directory); err == nil || !strings.Contains(err.Error(), "in use by another policy administrator") {
		t.Errorf("a second writer: %v", err)
	}
	first.close()
	second, err := openFile(directory)
	if err != nil {
		t.Fatal(err)
	}
	defer second.close()
	loaded := second.kept.list
	if len(loaded) != 2 || !loaded[0].same(list[0].selector) || !loaded[1].Until.Equal(until) || loaded[1].Reason != "signed-out" {
		t.Errorf("read back: %+v", loaded)
	}
	info, err := os.Stat(filepath.Join(directory, stateName))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v %v, want 0600", info.Mode(), err)
	}
	if err := second.save(nil); err != nil {
		t.Fatal(err)
	}
	if empty, err := second.load(); err != nil || len(empty) != 0 {
		t.Errorf("an emptied list: %v %v", empty, err)
	}
}

func TestBrokenStateIsRefusedAndKept(t *testing.T) {
	const since = `"since":"2026-01-01T00:00:00Z","reason":"revoked"`
	for name, content := range map[string]string{
		"empty":             "",
		"cut off":           `{"version":1,"revocations":[{"kind":"user"`,
		"not a list":        `{"version":1}`,
		"another version":   `{"version":2,"revocations":[]}`,
		"unknown field":     `{"version":1,"revocations":[],"more":1}`,
		"something after":   `{"version":1,"revocations":[]}x`,
		"unknown kind":      `{"version":1,"revocations":[{"kind":"group","value":"x",` + since + `}]}`,
		"empty value":       `{"version":1,"revocations":[{"kind":"subject","value":"",` + since + `}]}`,
		"session for ever":  `{"version":1,"revocations":[{"kind":"session","value":"S",` + since + `}]}`,
		"user for a while":  `{"version":1,"revocations":[{"kind":"user","value":"a@b","until":"2026-01-01T00:00:00Z",` + since + `}]}`,
		"no time":           `{"version":1,"revocations":[{"kind":"subject","value":"S","reason":"revoked"}]}`,
		"not even a number": `{"version":"1","revocations":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			c := testConfig(t)
			path := filepath.Join(c.State, stateName)
			writeFile(t, path, content)
			expectExit(t, []string{"serve", "--config", writeConfig(t, c)}, 1, "is broken")
			if kept, err := os.ReadFile(path); err != nil || string(kept) != content {
				t.Errorf("the file is now %q %v", kept, err)
			}
		})
	}
	t.Run("a directory", func(t *testing.T) {
		c := testConfig(t)
		if err := os.Mkdir(filepath.Join(c.State, stateName), 0o700); err != nil {
			t.Fatal(err)
		}
		expectExit(t, []string{"serve", "--config", writeConfig(t, c)}, 1, "is a directory")
	})
	t.Run("no directory", func(t *testing.T) {
		c := testConfig(t)
		c.State = filepath.Join(c.State, "none")
		expectExit(t, []string{"serve", "--config", writeConfig(t, c)}, 1, "no such file")
	})
}
