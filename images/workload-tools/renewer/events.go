package main

import (
	"io"
	"log/slog"
	"time"
)

const (
	eventCertificate = "certificate"
	eventEnrolling   = "enrolling"
	eventRenewed     = "renewed"
	eventFailed      = "renewal-failed"
	eventCutOff      = "cut-off"
)

// newJournal writes one JSON line per event. No event holds a key, a token or a request.
func newJournal(c config, out io.Writer) *slog.Logger {
	handler := slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.LevelKey:
			return slog.Attr{}
		case slog.MessageKey:
			a.Key = "event"
		case slog.TimeKey:
			a.Value = slog.StringValue(a.Value.Time().UTC().Format(time.RFC3339Nano))
		}
		return a
	}})
	return slog.New(handler).With("log", "renewer", "workload", c.Workload, "identity", c.Names.first())
}

// report tells the current certificate, and plans the next time to tell it.
func (r *renewer) report() {
	r.reportAt = r.now().Add(reportInterval)
	s := r.status()
	r.journal.Info(eventCertificate, "serial", s.Serial, "notAfter", s.NotAfter,
		"remainingSeconds", s.RemainingSeconds, "remainingRatio", s.RemainingRatio)
}
