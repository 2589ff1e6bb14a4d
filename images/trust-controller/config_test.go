package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodConfig = `{
  "watches": [{"namespace": "assistant-application", "selector": "zero-trust-openclaw/workload=guard",
    "secret": {"namespace": "assistant-agent", "name": "openclaw-callers-guard"}}],
  "lease": {"namespace": "assistant-management", "name": "trust-controller"},
  "socket": "/run/workload/trust.sock"
}`

func TestConfig(t *testing.T) {
	accepted, err := parseConfig([]byte(goodConfig))
	if err != nil || accepted.Watches[0].String() != "assistant-application/zero-trust-openclaw/workload=guard" {
		t.Fatalf("a good configuration: %+v %v", accepted, err)
	}
	second := strings.Replace(goodConfig, `"openclaw-callers-guard"}}]`, `"openclaw-callers-guard"}},
	  {"namespace": "other", "selector": "a=b", "secret": {"namespace": "assistant-agent", "name": "openclaw-callers-guard"}}]`, 1)
	replaced := func(old, new string) string { return strings.Replace(goodConfig, old, new, 1) }
	tests := []struct{ name, raw, says string }{
		{"unknown key", replaced(`"selector"`, `"selectors"`), `unknown field "selectors"`},
		{"no watch", replaced(goodConfig[strings.Index(goodConfig, `[{`):strings.Index(goodConfig, `"lease"`)], `[],`), "one at least"},
		{"every pod", replaced(selector, ""), "would believe pods that nobody named"},
		{"every pod but some", replaced(selector, "a!=b,!c"), "would believe pods that nobody named"},
		{"every pod with a label", replaced(selector, "zero-trust-openclaw/workload"), "would believe pods that nobody named"},
		{"no selector's syntax", replaced(selector, "a in"), "selector:"},
		{"every namespace", replaced(`"assistant-application"`, `""`), `"" is not a namespace's name`},
		{"no Secret", replaced(`"openclaw-callers-guard"`, `""`), `watches[0]: secret: name: "" is not an object's name`},
		{"path as a name", replaced(`"openclaw-callers-guard"`, `"../x"`), "is not an object's name"},
		{"one Secret twice", second, "is another one's already"},
		{"no lease", replaced(`"trust-controller"`, `""`), "lease: name"},
		{"no socket", replaced(`"/run/workload/trust.sock"`, `""`), `socket: "" is not allowed`},
		{"relative socket", replaced(`"/run`, `"run`), "only an absolute path"},
		{"two objects", goodConfig + "{}", "something follows"},
		{"not JSON", "watches: []", "invalid character"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "trust.json")
			if err := os.WriteFile(path, []byte(test.raw), 0o600); err != nil {
				t.Fatal(err)
			}
			expectExit(t, []string{"--config", path}, exitConfig, test.says)
		})
	}
}

func TestCommandLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trust.json")
	if err := os.WriteFile(path, []byte(goodConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	expectExit(t, nil, exitUsage, "--config is required")
	expectExit(t, []string{"--config", path, "x"}, exitUsage, `unexpected argument "x"`)
	expectExit(t, []string{"--what", path}, exitUsage, "wrong usage")
	expectExit(t, []string{"--config", path + "2"}, exitConfig, "no such file")
	expectExit(t, []string{"--config", path}, 1, "service account's token is mounted")
	expectExit(t, []string{"--config", path, "--kubeconfig", path + "2"}, exitConfig, "kubeconfig")
}
