package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestExit(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code int
		says string
	}{
		{"success", nil, 0, ""},
		{"failure", errors.New("no\nsuch  file"), 1, "tool: no such file\n"},
		{"wrong usage", fmt.Errorf("%w: no command", ErrUsage), 2, "tool: wrong usage: no command\nusage: tool\n"},
		{"wrong configuration", fmt.Errorf("%w: no name", ErrConfig), 78, "tool: wrong configuration: no name\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stderr strings.Builder
			if code := Exit("tool", "usage: tool\n", test.err, &stderr); code != test.code || stderr.String() != test.says {
				t.Errorf("exit %d and %q, want %d and %q", code, stderr.String(), test.code, test.says)
			}
		})
	}
}
