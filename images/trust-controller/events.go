package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// event is one line of the log.
type event struct {
	Time  string `json:"time"`
	Log   string `json:"log"`
	Event string `json:"event"`
	// Pods is what a list is made of: namespace and selector.
	Pods   string `json:"pods,omitempty"`
	Pod    string `json:"pod,omitempty"`
	Secret string `json:"secret,omitempty"`
	// Old and New are told whenever there is a change, empty ones too.
	Old    []string `json:"old,omitzero"`
	New    []string `json:"new,omitzero"`
	Holder string   `json:"holder,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

// journal writes one JSON line per event.
type journal struct {
	mu  sync.Mutex
	out io.Writer
}

func (j *journal) write(e event) {
	e.Time, e.Log = time.Now().UTC().Format(time.RFC3339Nano), "trust-controller"
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.out.Write(append(line, '\n'))
}
