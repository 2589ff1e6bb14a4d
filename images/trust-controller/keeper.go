package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

const (
	fieldManager = "trust-controller"
	// One request to the API server.
	requestTime = 5 * time.Second
	firstRetry  = 500 * time.Millisecond
	lastRetry   = 10 * time.Second
)

// errNotLeading ends a write that another replica may do by now.
var errNotLeading = errors.New("another replica may write by now")

// keeper keeps one Secret equal to the pods of one watch.
type keeper struct {
	watch   watch
	client  kubernetes.Interface
	journal *journal
	// leading is asked before every write.
	leading func() bool
	// lookEvery is how often the Secret is compared without a reason, to find what somebody else did to it.
	lookEvery time.Duration

	informer cache.SharedIndexInformer
	changed  chan struct{}
	told     map[ignored]bool
	// written is what this keeper left in the Secret, nil if it does not know.
	written *string
}

func newKeeper(w watch, client kubernetes.Interface, journal *journal, leading func() bool, lookEvery time.Duration) (*keeper, error) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(w.Namespace),
		informers.WithTweakListOptions(func(options *meta.ListOptions) { options.LabelSelector = w.chosen.String() }))
	k := &keeper{
		watch: w, client: client, journal: journal, leading: leading, lookEvery: lookEvery,
		informer: factory.Core().V1().Pods().Informer(), changed: make(chan struct{}, 1), told: map[ignored]bool{},
	}
	if err := k.informer.SetWatchErrorHandlerWithContext(k.cannotWatch); err != nil {
		return nil, err
	}
	_, err := k.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { k.wake() },
		UpdateFunc: func(any, any) { k.wake() },
		DeleteFunc: func(any) { k.wake() },
	})
	return k, err
}

func (k *keeper) wake() {
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// cannotWatch tells why the list may be old. The informer tries again by itself, and keeps what it knows until then.
func (k *keeper) cannotWatch(_ context.Context, _ *cache.Reflector, err error) {
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return
	}
	reason := err.Error()
	if apierrors.IsForbidden(err) {
		reason += "; the service account needs list and watch on pods in the namespace " + k.watch.Namespace
	}
	k.journal.write(event{Event: "cannot-watch", Pods: k.watch.String(), Reason: reason})
}

// keep writes until the context ends or another replica may lead. It begins when the pods are known: until then "none" would be a guess.
func (k *keeper) keep(ctx context.Context) {
	if !cache.WaitForCacheSync(ctx.Done(), k.informer.HasSynced) {
		return
	}
	retries := workqueue.NewTypedItemExponentialFailureRateLimiter[string](firstRetry, lastRetry)
	for ctx.Err() == nil {
		list, err := k.list()
		if err == nil {
			err = k.write(ctx, list)
		}
		pause := k.lookEvery
		switch {
		case err == nil:
			retries.Forget("")
		case ctx.Err() != nil, errors.Is(err, errNotLeading):
			return
		default:
			pause = retries.When("")
			k.journal.write(event{Event: "cannot-write", Pods: k.watch.String(), Secret: k.watch.Secret.String(), Reason: err.Error()})
		}
		k.wait(ctx, pause, list)
	}
}

// wait returns when it is time to look again, or the list is another one. Most of what happens to a pod does not change it.
func (k *keeper) wait(ctx context.Context, pause time.Duration, before []string) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-k.changed:
			if list, err := k.list(); err != nil || !slices.Equal(list, before) {
				return
			}
		}
	}
}

// write compares, and writes what differs.
func (k *keeper) write(ctx context.Context, list []string) error {
	if !k.leading() {
		return errNotLeading
	}
	ctx, done := context.WithTimeout(ctx, requestTime)
	defer done()
	secrets := k.client.CoreV1().Secrets(k.watch.Secret.Namespace)
	secret, err := secrets.Get(ctx, k.watch.Secret.Name, meta.GetOptions{})
	if err != nil {
		return k.explain(err)
	}
	wanted := content(list)
	found, there := secret.Data[addressesKey]
	if there && string(found) == wanted {
		k.written = &wanted
		return nil
	}
	patch, err := json.Marshal(map[string]any{"data": map[string][]byte{addressesKey: []byte(wanted)}})
	if err != nil {
		return err
	}
	// The answer above may have taken its time.
	if !k.leading() {
		return errNotLeading
	}
	// A merge patch touches this key alone and never makes a Secret.
	if _, err := secrets.Patch(ctx, k.watch.Secret.Name, types.MergePatchType, patch, meta.PatchOptions{FieldManager: fieldManager}); err != nil {
		return k.explain(err)
	}
	e := event{Event: "changed", Pods: k.watch.String(), Secret: k.watch.Secret.String(), Old: networks(string(found)), New: list}
	if k.written != nil && (!there || string(found) != *k.written) {
		e.Event, e.Reason = "repaired", "somebody else had changed the Secret"
	}
	k.written = &wanted
	k.journal.write(e)
	return nil
}

func (k *keeper) list() ([]string, error) {
	var pods []*core.Pod
	for _, object := range k.informer.GetStore().List() {
		pod, ok := object.(*core.Pod)
		if !ok {
			return nil, fmt.Errorf("the cache of pods holds a %T", object)
		}
		pods = append(pods, pod)
	}
	list, others := believed(k.watch, pods)
	told := map[ignored]bool{}
	for _, other := range others {
		if !k.told[other] {
			k.journal.write(event{Event: "ignored", Pods: k.watch.String(), Pod: other.name, Reason: other.reason})
		}
		told[other] = true
	}
	k.told = told
	return list, nil
}

func (k *keeper) explain(err error) error {
	secret := k.watch.Secret
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("the Secret %s is not there; create it, empty, and it will be filled", secret)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%w; the service account needs get and patch on the Secret %s", err, secret)
	case apierrors.IsInvalid(err):
		return fmt.Errorf("%w; if the Secret %s is immutable, make it anew without that", err, secret)
	}
	return err
}
