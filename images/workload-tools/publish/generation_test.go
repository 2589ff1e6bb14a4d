package publish

import (
	"testing"
	"time"
)

func TestNextGeneration(t *testing.T) {
	now := time.Unix(1_800_000_000, 5)
	tests := []struct{ name, current, want string }{
		{"first", "", "..1800000000000000005"},
		{"later", "..1700000000000000000", "..1800000000000000005"},
		{"same instant", "..1800000000000000005", "..1800000000000000006"},
		{"clock went back", "..1900000000000000000", "..1900000000000000001"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := nextGeneration(test.current, now); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
