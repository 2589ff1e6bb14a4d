package main

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	good := map[string]any{
		"grpc": "127.0.0.1:9101", "http": "127.0.0.1:9102", "state": "/state", "socket": "/run/workload/administrator.sock",
		"signedOut": "/oauth2/signed_out", "grants": map[string]string{"operator": "2027-01-31T18:00:00Z"}, "sessionHours": 8,
	}
	with := func(key string, value any) string {
		changed := maps.Clone(good)
		changed[key] = value
		if value == nil {
			delete(changed, key)
		}
		raw, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	accepted, err := parseConfig([]byte(with("sessionHours", 12)))
	if err != nil || accepted.SessionHours != 12 || accepted.Grants["operator"].Year() != 2027 {
		t.Fatalf("a good configuration: %+v %v", accepted, err)
	}
	secretOnly := func(namespace, name string) string {
		return strings.Replace(with("state", nil), "{", `{"secret":{"namespace":"`+namespace+`","name":"`+name+`"},`, 1)
	}
	shared, err := parseConfig([]byte(secretOnly("application", "guard-revocations")))
	if err != nil || shared.Secret.String() != "application/guard-revocations" {
		t.Fatalf("a shared list: %+v %v", shared, err)
	}
	tests := []struct{ name, raw, says string }{
		{"unknown key", with("sesionHours", 8), `unknown key "sesionHours"; allowed are grpc, http`},
		{"other letter case", strings.Replace(with("grpc", "127.0.0.1:9101"), `"grpc"`, `"GRPC"`, 1), `unknown key "GRPC"`},
		{"missing key", with("grants", nil), "grants is missing"},
		{"null", strings.Replace(with("sessionHours", 8), `"sessionHours":8`, `"sessionHours":null`, 1), "sessionHours is missing"},
		{"every interface", with("grpc", "0.0.0.0:9101"), `grpc: "0.0.0.0:9101" is not allowed`},
		{"another machine", with("http", "10.0.0.1:9102"), `http: "10.0.0.1:9102" is not allowed`},
		{"a name", with("http", "localhost:9102"), "is not allowed"},
		{"no port", with("http", "127.0.0.1"), "is not allowed"},
		{"port 0", with("http", "127.0.0.1:0"), "is not allowed"},
		{"the same address", with("http", "127.0.0.1:9101"), "are both 127.0.0.1:9101"},
		{"relative path", with("state", "state"), `state: "state" is not allowed`},
		{"two places", with("secret", map[string]string{"namespace": "a", "name": "b"}), "name one place for the list"},
		{"no place", with("state", nil), "name one place for the list"},
		{"another namespace", secretOnly("../kube-system", "b"), `secret: namespace: "../kube-system" is not`},
		{"no name", secretOnly("a", ""), `secret: name: "" is not`},
		{"another site", with("signedOut", "//evil.example"), "only a path of this site"},
		{"another site by backslash", with("signedOut", "/\\evil.example"), "only a path of this site"},
		{"header injection", with("signedOut", "/a\r\nset-cookie: b"), "only a path of this site"},
		{"a day without a time", with("grants", map[string]string{"operator": "2027-01-31"}), `"2027-01-31" of role "operator" is not a time`},
		{"a role of two words", with("grants", map[string]string{"a b": "2027-01-31T18:00:00Z"}), `"a b" is not a role's name`},
		{"no session", with("sessionHours", 0), "sessionHours: 0 is not allowed; 1 to 8760"},
		{"half an hour", with("sessionHours", 0.5), "sessionHours must be a whole number"},
		{"a number", with("state", 7), "state must be text"},
		{"two objects", with("sessionHours", 8) + "{}", "something follows"},
		{"not JSON", "grpc: x", "not one JSON object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "administrator.json")
			writeFile(t, path, test.raw)
			expectExit(t, []string{"serve", "--config", path}, exitConfig, test.says)
		})
	}
	expectExit(t, []string{"serve", "--config", filepath.Join(t.TempDir(), "none.json")}, exitConfig, "no such file")
	expectExit(t, []string{"serve"}, exitUsage, "--config is required")
}
