package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	api "k8s.io/client-go/rest"
)

var sharedSecret = object{"assistant-application", "guard-revocations"}

// soonHere is what the requirements ask for, on a loaded machine.
const soonHere = 2 * time.Second

// apiServer is a stand-in that knows one Secret.
type apiServer struct {
	*httptest.Server
	mu       sync.Mutex
	secret   *core.Secret
	version  int
	watchers map[chan []byte]struct{}
	// fail answers instead, with a status, if it returns one.
	fail   func(verb string) int
	counts map[string]int
	// onGet happens between a read and its answer.
	onGet func()
}

func newAPIServer(t *testing.T) *apiServer {
	t.Helper()
	s := &apiServer{watchers: map[chan []byte]struct{}{}, counts: map[string]int{}, version: 1}
	s.secret = &core.Secret{
		TypeMeta:   meta.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: meta.ObjectMeta{Namespace: sharedSecret.Namespace, Name: sharedSecret.Name, ResourceVersion: "1"},
		Data:       map[string][]byte{"other": []byte("kept")},
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.endWatches()
		s.Server.CloseClientConnections()
		s.Server.Close()
	})
	return s
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("content-type", "application/json")
	all := "/api/v1/namespaces/" + sharedSecret.Namespace + "/secrets"
	query := r.URL.Query()
	verb := map[string]string{"GET " + all + "/" + sharedSecret.Name: "get", "PUT " + all + "/" + sharedSecret.Name: "put"}[r.Method+" "+r.URL.Path]
	if r.Method == "GET" && r.URL.Path == all && query.Get("watch") != "" && query.Get("fieldSelector") == "metadata.name="+sharedSecret.Name {
		verb = "watch"
	}
	s.mu.Lock()
	s.counts[verb]++
	fail := s.fail
	s.mu.Unlock()
	if fail != nil {
		if status := fail(verb); status != 0 {
			s.refuse(w, status)
			return
		}
	}
	switch verb {
	case "get":
		s.mu.Lock()
		found, between := s.secret.DeepCopy(), s.onGet
		s.onGet = nil
		s.mu.Unlock()
		if between != nil {
			between()
		}
		json.NewEncoder(w).Encode(found)
	case "put":
		s.put(w, r)
	case "watch":
		s.watch(w, r, query.Get("resourceVersion"))
	default:
		s.refuse(w, http.StatusForbidden)
	}
}

var reasons = map[int]meta.StatusReason{
	403: meta.StatusReasonForbidden, 404: meta.StatusReasonNotFound, 409: meta.StatusReasonConflict, 410: meta.StatusReasonExpired,
}

func refusalOf(status int) meta.Status {
	return meta.Status{
		TypeMeta: meta.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   "Failure", Reason: reasons[status], Code: int32(status), Message: fmt.Sprint("refused with ", status),
	}
}

func (s *apiServer) refuse(w http.ResponseWriter, status int) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(refusalOf(status))
}

func (s *apiServer) put(w http.ResponseWriter, r *http.Request) {
	var given core.Secret
	if err := json.NewDecoder(r.Body).Decode(&given); err != nil {
		s.refuse(w, http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if given.ResourceVersion != s.secret.ResourceVersion {
		s.refuse(w, http.StatusConflict)
		return
	}
	s.store(&given)
	json.NewEncoder(w).Encode(s.secret)
}

// store makes it the next version and tells who watches. The caller holds the lock.
func (s *apiServer) store(secret *core.Secret) {
	s.version++
	secret.ResourceVersion = strconv.Itoa(s.version)
	s.secret = secret
	s.tell("MODIFIED", secret)
}

func (s *apiServer) tell(kind string, object any) {
	raw, _ := json.Marshal(map[string]any{"type": kind, "object": object})
	raw = append(raw, '\n')
	for watcher := range s.watchers {
		watcher <- raw
	}
}

func (s *apiServer) watch(w http.ResponseWriter, r *http.Request, since string) {
	events := make(chan []byte, 1000)
	s.mu.Lock()
	if since != s.secret.ResourceVersion {
		raw, _ := json.Marshal(map[string]any{"type": "MODIFIED", "object": s.secret})
		events <- append(raw, '\n')
	}
	s.watchers[events] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.watchers, events)
		s.mu.Unlock()
	}()
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case raw, open := <-events:
			if !open {
				return
			}
			w.Write(raw)
			w.(http.Flusher).Flush()
		}
	}
}

func (s *apiServer) endWatches() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for watcher := range s.watchers {
		close(watcher)
		delete(s.watchers, watcher)
	}
}

// expire ends every watch as an API server does that has forgotten what came since.
func (s *apiServer) expire() {
	s.mu.Lock()
	s.tell("ERROR", refusalOf(410))
	s.mu.Unlock()
}

func (s *apiServer) failWith(fail func(verb string) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

func (s *apiServer) count(verb string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[verb]
}

func (s *apiServer) watching() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watchers)
}

// set changes the Secret as somebody with kubectl could.
func (s *apiServer) set(content string, there bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.secret.DeepCopy()
	delete(changed.Data, sharedKey)
	if there {
		changed.Data[sharedKey] = []byte(content)
	}
	s.store(changed)
}

// entries returns whom the Secret names.
func (s *apiServer) entries(t *testing.T) []string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, there := s.secret.Data[sharedKey]
	if !there {
		return nil
	}
	if string(s.secret.Data["other"]) != "kept" {
		t.Error("another key of the Secret was lost")
	}
	found, err := parseState(raw)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range found.list {
		names = append(names, entry.selector.String())
	}
	return names
}

// guardHere is one administrator that shares the list.
type guardHere struct {
	t      *testing.T
	config config
	said   *logbook
	stop   context.CancelFunc
	ended  chan error
}

func (s *apiServer) guard(t *testing.T) *guardHere {
	t.Helper()
	g := s.beginGuard(t)
	waitReady(t, g.config)
	if t.Failed() {
		t.Log(&g.said.text)
	}
	eventually(t, "it does not watch", func() bool { return s.watching() > 0 })
	return g
}

func (s *apiServer) beginGuard(t *testing.T) *guardHere {
	t.Helper()
	c := testConfig(t)
	c.State, c.Secret = "", &sharedSecret
	g := &guardHere{t: t, config: c, said: &logbook{}, ended: make(chan error, 1)}
	var ctx context.Context
	ctx, g.stop = context.WithCancel(context.Background())
	go func() { g.ended <- serve(ctx, c, &api.Config{Host: s.URL}, g.said) }()
	t.Cleanup(g.end)
	return g
}

func (g *guardHere) end() {
	g.stop()
	select {
	case err := <-g.ended:
		if err != nil {
			g.t.Error(err)
		}
		g.ended <- nil
	case <-time.After(patience):
		g.t.Error("does not end")
	}
}

// refuses says whether a WebSocket of these claims is refused.
func (g *guardHere) refuses(claims map[string]any) bool {
	g.t.Helper()
	return answerTo(g.t, stream(g.t, g.config), requestOf(g.t, claims, "viewer")) == 403
}

func (g *guardHere) health() health {
	g.t.Helper()
	raw, err := call(g.config.Socket, http.MethodGet, "/healthz", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	var said health
	if err := json.Unmarshal(raw, &said); err != nil {
		g.t.Fatal(err)
	}
	return said
}

// fails runs a command that must not succeed, and returns what it says.
func (g *guardHere) fails(args ...string) string {
	g.t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(append(args, "--socket", g.config.Socket), &stdout, &stderr); code != 1 {
		g.t.Errorf("%v: exit %d: %s%s", args, code, &stdout, &stderr)
	}
	return stderr.String()
}

func (g *guardHere) signOut(session string) int {
	g.t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+g.config.HTTP+"/sign-out", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	request.Header.Set(subjectHeader, "1")
	request.Header.Set(sessionHeader, session)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		g.t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logbook) says(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

func eventually(t *testing.T, problem string, good func() bool) time.Duration {
	t.Helper()
	started := time.Now()
	for !good() {
		if time.Since(started) > patience {
			t.Fatal(problem)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(started)
}
