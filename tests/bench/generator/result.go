package main

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const longest = time.Minute

// result is what one worker saw, or all of them.
type result struct {
	latencies *hdrhistogram.Histogram
	failed    int64
	failure   string
	elapsed   time.Duration
}

func newResult() *result {
	return &result{latencies: hdrhistogram.New(1, longest.Nanoseconds(), 3)}
}

func (r *result) add(took time.Duration, err error) {
	if err == nil {
		// An answer that took longer than the histogram goes is no answer.
		err = r.latencies.RecordValue(took.Nanoseconds())
	}
	if err != nil {
		r.failed++
		if r.failure == "" {
			r.failure = err.Error()
		}
	}
}

func (r *result) merge(other *result) {
	r.latencies.Merge(other.latencies)
	r.failed += other.failed
	if r.failure == "" {
		r.failure = other.failure
	}
}

func (r *result) answer() Answer {
	const perMicrosecond = float64(time.Microsecond)
	return Answer{
		Done:    r.latencies.TotalCount(),
		Failed:  r.failed,
		Failure: r.failure,
		Seconds: r.elapsed.Seconds(),
		P50:     float64(r.latencies.ValueAtPercentile(50)) / perMicrosecond,
		P99:     float64(r.latencies.ValueAtPercentile(99)) / perMicrosecond,
	}
}
