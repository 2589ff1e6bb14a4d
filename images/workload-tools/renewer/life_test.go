package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestRenewAt(t *testing.T) {
	issued := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, length := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 90 * 24 * time.Hour} {
		l := life{issued: issued, ends: issued.Add(length)}
		latest, earliest := l.renewAt(0), l.renewAt(1)
		if want := issued.Add(length * 2 / 3); !latest.Equal(want) {
			t.Errorf("%s: latest at %s, want two thirds, %s", length, latest, want)
		}
		if want := issued.Add(length*2/3 - length/20); !earliest.Equal(want) {
			t.Errorf("%s: earliest at %s, want a twentieth before two thirds, %s", length, earliest, want)
		}
		different := map[time.Time]bool{}
		for range 1000 {
			at := l.renewAt(rand.Float64())
			if at.After(latest) || at.Before(earliest) {
				t.Fatalf("%s: %s is not from %s to %s", length, at, earliest, latest)
			}
			different[at] = true
		}
		if len(different) < 900 {
			t.Errorf("%s: only %d of 1000 are different", length, len(different))
		}
	}
}

func TestPause(t *testing.T) {
	issued := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for length, want := range map[time.Duration]time.Duration{
		24 * time.Hour: 5 * time.Second, 2 * time.Minute: 5 * time.Second, time.Minute: 3 * time.Second, 20 * time.Second: time.Second,
		0: 50 * time.Millisecond, -time.Hour: 50 * time.Millisecond,
	} {
		if got := (life{issued: issued, ends: issued.Add(length)}).pause(); got != want {
			t.Errorf("%s: %s, want %s", length, got, want)
		}
	}
}

func TestRatio(t *testing.T) {
	issued := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	l := life{issued: issued, ends: issued.Add(10 * time.Hour)}
	for at, want := range map[time.Duration]float64{0: 1, 5 * time.Hour: 0.5, 10 * time.Hour: 0, 15 * time.Hour: -0.5} {
		if got := l.ratio(issued.Add(at)); got != want {
			t.Errorf("after %s: %v, want %v", at, got, want)
		}
	}
}
