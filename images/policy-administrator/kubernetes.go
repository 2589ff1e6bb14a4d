package main

import (
	"context"
	"fmt"
	"io"

	"github.com/go-logr/logr/funcr"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	api "k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// A watch is asked for anew this often.
const watchSeconds = 600

// secretClient knows one Secret. It is no full client: that would bring every kind of object into the program.
type secretClient struct {
	secret  object
	client  api.Interface
	options runtime.ParameterCodec
}

func newSecretClient(access *api.Config, secret object) (secretClient, error) {
	known := runtime.NewScheme()
	known.AddKnownTypes(core.SchemeGroupVersion, &core.Secret{})
	meta.AddToGroupVersion(known, core.SchemeGroupVersion)
	// Errors are of the group without a name.
	meta.AddToGroupVersion(known, schema.GroupVersion{Version: "v1"})
	own := api.CopyConfig(access)
	own.APIPath, own.GroupVersion = "/api", &core.SchemeGroupVersion
	own.NegotiatedSerializer = serializer.NewCodecFactory(known).WithoutConversion()
	own.UserAgent = "policy-administrator"
	own.WarningHandler = api.NoWarnings{}
	// Its own limit would make those wait who sign out; there is one write at a time.
	own.QPS = -1
	client, err := api.RESTClientFor(own)
	if err != nil {
		return secretClient{}, fmt.Errorf("%w: %v", errConfig, err)
	}
	return secretClient{secret, client, runtime.NewParameterCodec(known)}, nil
}

// inCluster is the access of the pod's service account.
func inCluster() (*api.Config, error) {
	access, err := api.InClusterConfig()
	if err != nil {
		return nil, fmt.Errorf("%w; run it in a pod whose service account's token is mounted", err)
	}
	return access, nil
}

func (c secretClient) get(ctx context.Context) (*core.Secret, error) {
	secret := &core.Secret{}
	err := c.client.Get().Namespace(c.secret.Namespace).Resource("secrets").Name(c.secret.Name).Do(ctx).Into(secret)
	return secret, err
}

// put is refused with a conflict if somebody else has changed the Secret since it was read.
func (c secretClient) put(ctx context.Context, secret *core.Secret) error {
	return c.client.Put().Namespace(c.secret.Namespace).Resource("secrets").Name(c.secret.Name).Body(secret).Do(ctx).Error()
}

func (c secretClient) watch(ctx context.Context, since string) (watch.Interface, error) {
	seconds := int64(watchSeconds)
	options := &meta.ListOptions{
		// By this the API server knows that it is about one Secret, which the right to watch names.
		FieldSelector:   fields.OneTermEqualSelector("metadata.name", c.secret.Name).String(),
		ResourceVersion: since,
		TimeoutSeconds:  &seconds,
		Watch:           true,
	}
	return c.client.Get().Namespace(c.secret.Namespace).Resource("secrets").VersionedParams(options, c.options).Watch(ctx)
}

// tellAll makes what the Kubernetes client says of its own accord part of the log.
func tellAll(stdout io.Writer) {
	journal := &journal{out: stdout}
	klog.SetLogger(funcr.New(func(_, said string) { journal.write(event{Event: "client", Reason: said}) }, funcr.Options{}))
}
