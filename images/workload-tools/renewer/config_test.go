package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zero-trust-openclaw/images/workload-tools/cli"
)

const rightConfig = `{"workload":"guard","issuer":{"url":"https://10.0.0.2:9000","serverName":"ca"},"roots":"/files/roots.pem",
"intermediate":"/files/intermediate.pem","provisioner":"guard","key":"/files/enrolment.key",
"uris":["spiffe://openclaw.internal/application/guard"],"dnsNames":["guard"],"ipAddresses":[],"usages":["server","client"],
"lifetime":"24h","backdate":"5m","directory":"/certificates","socket":"/run/workload/renewer.sock"}`

func TestRightConfig(t *testing.T) {
	c, err := parseConfig([]byte(rightConfig))
	if err != nil {
		t.Fatal(err)
	}
	if c.Workload != "guard" || c.Issuer != (issuerAddress{"https://10.0.0.2:9000", "ca"}) || c.Roots != "/files/roots.pem" ||
		c.Intermediate != "/files/intermediate.pem" || c.Provisioner != "guard" || c.Key != "/files/enrolment.key" ||
		!slices.Equal(c.Names.all(), []string{"spiffe://openclaw.internal/application/guard", "guard"}) ||
		!slices.Equal(c.Usages, []string{"server", "client"}) || c.Lifetime != 24*time.Hour || c.Backdate != 5*time.Minute ||
		c.Directory != "/certificates" || c.Socket != "/run/workload/renewer.sock" {
		t.Errorf("read as %+v", c)
	}
}

func TestConfigValues(t *testing.T) {
	long := strings.Repeat("a", 64)
	tests := []struct {
		key string
		// Each is the JSON of a value.
		right, wrong []string
		says         string
	}{
		{"workload", []string{`"guard"`, `"Agent_1"`}, []string{`""`, `"two words"`, `"line\nbreak"`, `"` + strings.Repeat("a", 129) + `"`, `"a\u202eb"`}, "one printable word"},
		{"workload", nil, []string{`7`, `["guard"]`, `{}`}, "must be text"},
		{"issuer", []string{`{"url":"https://[fd00::1]:9000","serverName":"ca.internal"}`}, []string{
			`{"url":"http://10.0.0.2:9000","serverName":"ca"}`, `{"url":"https://ca:9000","serverName":"ca"}`,
			`{"url":"https://10.0.0.2","serverName":"ca"}`, `{"url":"https://10.0.0.2:9000/","serverName":"ca"}`,
			`{"url":"https://10.0.0.2:9000/1.0","serverName":"ca"}`, `{"url":"https://u:p@10.0.0.2:9000","serverName":"ca"}`,
			`{"url":"https://10.0.0.2:99999","serverName":"ca"}`, `{"url":"","serverName":"ca"}`, `{"serverName":"ca"}`, `{"url":"https://10.0.0.2:9000?a","serverName":"ca"}`,
		}, "an IP address and a port"},
		{"issuer", nil, []string{
			`{"url":"https://10.0.0.2:9000","serverName":""}`, `{"url":"https://10.0.0.2:9000"}`, `{"url":"https://10.0.0.2:9000","serverName":"CA"}`,
			`{"url":"https://10.0.0.2:9000","serverName":"ca/1.0"}`, `{"url":"https://10.0.0.2:9000","serverName":"` + long + `"}`,
		}, "a DNS name in small letters"},
		{"issuer", nil, []string{`"https://10.0.0.2:9000"`, `{"url":"https://10.0.0.2:9000","serverName":"ca","insecure":true}`, `[]`}, "issuer must be an object"},
		{"roots", []string{`"/r"`}, []string{`""`, `"roots.pem"`, `"/"`, `"/a\u0000b"`, `"./roots.pem"`}, "an absolute path"},
		{"intermediate", []string{`"/i"`}, []string{`""`, `"intermediate.pem"`, `"/"`}, "an absolute path"},
		{"key", []string{`"/k"`}, []string{`""`, `"enrolment.key"`, `"/"`}, "an absolute path"},
		{"provisioner", []string{`"guard"`}, []string{`""`, `"two words"`, `"\t"`}, "one printable word"},
		{"uris", []string{`[]`, `["https://a.example/b"]`}, []string{
			`[""]`, `["guard"]`, `["spiffe:guard"]`, `["spiffe://"]`, `["//openclaw.internal/a"]`, `["spiffe://u@openclaw.internal/a"]`,
			`["spiffe://openclaw.internal/a b"]`, `["SPIFFE://openclaw.internal/a"]`, `["spiffe://openclaw.internal/%zz"]`,
		}, "a URI with a scheme and a host"},
		{"uris", nil, []string{`["a://b/c","a://b/c"]`}, "appears twice"},
		{"uris", nil, []string{`"spiffe://a/b"`, `[7]`, `{}`}, "a list of text"},
		{"dnsNames", []string{`[]`, `["guard","guard.internal"]`}, []string{
			`[""]`, `["Guard"]`, `["*.internal"]`, `["guard."]`, `["a_b"]`, `["-a"]`, `["a..b"]`, `["` + long + `"]`, `["` + strings.Repeat("a.", 127) + `a"]`,
		}, "a DNS name in small letters"},
		{"dnsNames", nil, []string{`["a","b","a"]`}, "appears twice"},
		{"ipAddresses", []string{`["10.0.0.2","fd00::1"]`}, []string{
			`[""]`, `["guard"]`, `["10.0.0.2/32"]`, `["10.0.0.02"]`, `["FD00::1"]`, `["fd00:0::1"]`, `["fe80::1%eth0"]`, `["::ffff:10.0.0.2"]`,
		}, "an IP address in its shortest form"},
		{"usages", []string{`["server"]`, `["client"]`}, []string{`["serverAuth"]`, `[""]`, `["server","any"]`}, "only server and client"},
		{"usages", nil, []string{`[]`}, "at least one"},
		{"usages", nil, []string{`["client","client"]`}, "appears twice"},
		{"lifetime", []string{`"1m"`, `"90m"`, `"8760h"`}, []string{`""`, `"24"`, `"1d"`, `"59s"`, `"-24h"`, `"9000h"`}, "only a duration"},
		{"lifetime", nil, []string{`24`, `[]`}, "lifetime must be text"},
		{"backdate", []string{`"0s"`, `"1h"`}, []string{`""`, `"5"`, `"-1s"`, `"61m"`}, "only a duration"},
		{"directory", []string{`"/c"`}, []string{`""`, `"certificates"`, `"/"`}, "an absolute path"},
		{"socket", []string{`"/s"`}, []string{`""`, `"renewer.sock"`, `"/"`}, "an absolute path"},
		{"socket", nil, []string{`"/` + strings.Repeat("a", 107) + `"`}, "at most 107 bytes"},
	}
	for _, test := range tests {
		for _, value := range test.right {
			t.Run(test.key+" "+value, func(t *testing.T) {
				_, err := parseConfig(changed(t, test.key, value))
				expectError(t, err, "")
			})
		}
		for _, value := range test.wrong {
			t.Run("not "+test.key+" "+value, func(t *testing.T) {
				_, err := parseConfig(changed(t, test.key, value))
				expectError(t, err, test.says)
				expectError(t, err, test.key)
			})
		}
	}
}

func TestConfigKeys(t *testing.T) {
	var right map[string]json.RawMessage
	if err := json.Unmarshal([]byte(rightConfig), &right); err != nil {
		t.Fatal(err)
	}
	for key := range right {
		_, err := parseConfig(changed(t, key, ""))
		expectError(t, err, key+" is missing")
		_, err = parseConfig(changed(t, key, "null"))
		expectError(t, err, key+" is missing")
	}
	for _, key := range []string{"Workload", "insecure", ""} {
		_, err := parseConfig(changed(t, key, "true"))
		expectError(t, err, "unknown key")
	}
	for _, raw := range []string{"", "[]", "null", "7", rightConfig + "{}", rightConfig[:40]} {
		_, err := parseConfig([]byte(raw))
		expectError(t, err, "not one JSON object")
	}
}

func TestConfigWithoutAnyName(t *testing.T) {
	raw := strings.NewReplacer(`["spiffe://openclaw.internal/application/guard"]`, "[]", `"dnsNames":["guard"]`, `"dnsNames":[]`).Replace(rightConfig)
	_, err := parseConfig([]byte(raw))
	expectError(t, err, "no name at all")
}

func TestReadConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	_, err := readConfig(path)
	expectError(t, err, "no such file")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = readConfig(path)
	expectError(t, err, path)
	if !errors.Is(err, cli.ErrConfig) {
		t.Errorf("%v is not marked as a wrong configuration", err)
	}
}

// changed is the right configuration with another value, or without the key.
func changed(t *testing.T, key, value string) []byte {
	t.Helper()
	var keys map[string]json.RawMessage
	if err := json.Unmarshal([]byte(rightConfig), &keys); err != nil {
		t.Fatal(err)
	}
	keys[key] = json.RawMessage(value)
	if value == "" {
		delete(keys, key)
	}
	raw, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
