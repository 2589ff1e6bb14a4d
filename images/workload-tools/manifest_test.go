package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadManifest(t *testing.T) {
	tests := []struct {
		name, json, wantError string
	}{
		{"files with owner", `{"uid":101,"gid":101,"files":[{"name":"envoy.json","from":"/stage/0"}]}`, ""},
		{"no files", `{"uid":0,"gid":0,"files":[]}`, ""},
		{"hidden file", `{"uid":1,"gid":1,"files":[{"name":".env","from":"/s/0"}]}`, ""},
		{"forgotten uid", `{"gid":101,"files":[]}`, "uid and gid are required"},
		{"forgotten gid", `{"uid":101,"files":[]}`, "uid and gid are required"},
		{"negative uid", `{"uid":-1,"gid":1,"files":[]}`, "uid and gid are required"},
		{"unknown field", `{"uid":1,"gid":1,"mode":"0644","files":[]}`, "unknown field"},
		{"two values", `{"uid":1,"gid":1,"files":[]}{}`, "more than one JSON value"},
		{"not JSON", `uid: 1`, "invalid character"},
		{"empty name", `{"uid":1,"gid":1,"files":[{"name":"","from":"/s/0"}]}`, "not allowed"},
		{"this directory", `{"uid":1,"gid":1,"files":[{"name":".","from":"/s/0"}]}`, "not allowed"},
		{"parent directory", `{"uid":1,"gid":1,"files":[{"name":"..","from":"/s/0"}]}`, "not allowed"},
		{"collides with data link", `{"uid":1,"gid":1,"files":[{"name":"..data","from":"/s/0"}]}`, "not allowed"},
		{"slash", `{"uid":1,"gid":1,"files":[{"name":"a/b","from":"/s/0"}]}`, "not allowed"},
		{"climbs out", `{"uid":1,"gid":1,"files":[{"name":"../x","from":"/s/0"}]}`, "not allowed"},
		{"binary folder", `{"uid":1,"gid":1,"files":[{"name":"bin","from":"/s/0"}]}`, "not allowed"},
		{"zero byte", `{"uid":1,"gid":1,"files":[{"name":"a\u0000b","from":"/s/0"}]}`, "not allowed"},
		{"too long", `{"uid":1,"gid":1,"files":[{"name":"` + strings.Repeat("a", 201) + `","from":"/s/0"}]}`, "not allowed"},
		{"twice", `{"uid":1,"gid":1,"files":[{"name":"a","from":"/s/0"},{"name":"a","from":"/s/1"}]}`, "appears twice"},
		{"initial content", `{"uid":1,"gid":1,"files":[{"name":"a","from":"/s/0","keep":true}]}`, ""},
		{"keep is not a truth value", `{"uid":1,"gid":1,"files":[{"name":"a","from":"/s/0","keep":"yes"}]}`, "keep"},
		{"relative source", `{"uid":1,"gid":1,"files":[{"name":"a","from":"s/0"}]}`, "absolute path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "manifest.json")
			if err := os.WriteFile(path, []byte(test.json), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := readManifest(path)
			expectError(t, err, test.wantError)
		})
	}
}

func expectError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Fatalf("unexpected error: %v", err)
	case want != "" && err == nil:
		t.Fatalf("no error, want one about %q", want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Fatalf("error %q, want one about %q", err, want)
	}
}
