package main

import (
	"testing"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	policy "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	filter "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	discoveryapi "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	configuration "github.com/envoyproxy/go-control-plane/envoy/service/extension/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
)

// subscriber asks for the list as Envoy does.
type subscriber struct {
	t      *testing.T
	stream configuration.ExtensionConfigDiscoveryService_StreamExtensionConfigsClient
}

func subscribe(t *testing.T, c config, version string) *subscriber {
	t.Helper()
	opened, err := configuration.NewExtensionConfigDiscoveryServiceClient(connect(t, c)).StreamExtensionConfigs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &subscriber{t, opened}
	s.ask(version, "")
	return s
}

func (s *subscriber) ask(version, nonce string) {
	s.t.Helper()
	if err := s.stream.Send(&discoveryapi.DiscoveryRequest{
		Node: &core.Node{Id: "guard"}, TypeUrl: resource.ExtensionConfigType, ResourceNames: []string{listName},
		VersionInfo: version, ResponseNonce: nonce,
	}); err != nil {
		s.t.Fatal(err)
	}
}

// next returns the next list's version and how many principals it denies.
func (s *subscriber) next() (version string, denied int) {
	s.t.Helper()
	response, err := s.stream.Recv()
	if err != nil {
		s.t.Fatal(err)
	}
	if len(response.GetResources()) != 1 {
		s.t.Fatalf("%d resources, want 1", len(response.GetResources()))
	}
	var named core.TypedExtensionConfig
	var list filter.RBAC
	if err := response.GetResources()[0].UnmarshalTo(&named); err != nil || named.GetName() != listName {
		s.t.Fatalf("resource %q: %v", named.GetName(), err)
	}
	if err := named.GetTypedConfig().UnmarshalTo(&list); err != nil {
		s.t.Fatal(err)
	}
	s.ask(response.GetVersionInfo(), response.GetNonce())
	return response.GetVersionInfo(), len(list.GetRules().GetPolicies()[listName].GetPrincipals())
}

func TestSubscriberHearsOfEachChange(t *testing.T) {
	c := startHere(t)
	guard := subscribe(t, c, "")
	for _, step := range []struct {
		args []string
		want int
	}{
		{nil, 0},
		{[]string{"revoke", "--subject", "1"}, 1},
		{[]string{"revoke", "--user", "client:robot"}, 3},
		{[]string{"restore", "--subject", "1"}, 2},
		{[]string{"restore", "--user", "client:robot"}, 0},
	} {
		if step.args != nil {
			said(t, c, step.args...)
		}
		if _, denied := guard.next(); denied != step.want {
			t.Errorf("after %v: %d denied, want %d", step.args, denied, step.want)
		}
	}
}

// Who comes back with the version of a run before gets this run's list, under another version.
func TestVersionsOfTwoRunsDiffer(t *testing.T) {
	version, _ := subscribe(t, startHere(t), "").next()
	after := startHere(t)
	if again, _ := subscribe(t, after, version).next(); again == version {
		t.Errorf("both runs call their first list %s", version)
	}
}

func TestDenyList(t *testing.T) {
	if empty := denyList(nil); empty.GetRules().GetAction() != policy.RBAC_DENY || len(empty.GetRules().GetPolicies()) != 0 {
		t.Errorf("nobody is revoked: %v", empty)
	}
	full := denyList([]revocation{
		{selector: selector{byUser, "a+b@example.com"}},
		{selector: selector{byUser, "ÄK@example.com"}},
		{selector: selector{byClient, "robot"}},
		{selector: selector{bySession, "S1"}},
		{selector: selector{bySubject, "1"}},
	})
	if err := full.ValidateAll(); err != nil {
		t.Error(err)
	}
	var said []string
	for _, principal := range full.GetRules().GetPolicies()[listName].GetPrincipals() {
		where := principal.GetSourcedMetadata().GetMetadataMatcher()
		if where.GetFilter() != claimsFilter || where.GetPath()[0].GetKey() != claimsKey {
			t.Errorf("looks at %v", where)
		}
		value := where.GetValue().GetStringMatch()
		text := where.GetPath()[1].GetKey() + "=" + value.GetExact() + value.GetSafeRegex().GetRegex()
		if value.GetIgnoreCase() {
			text += " (any case)"
		}
		said = append(said, text)
	}
	want := []string{
		"email=a+b@example.com (any case)", `email=(?i)(?:Ä|ä)K@example\.com`,
		"azp=robot", "client_id=robot", "sid=S1", "sub=1",
	}
	if len(said) != len(want) {
		t.Fatalf("%q, want %q", said, want)
	}
	for i := range want {
		if said[i] != want[i] {
			t.Errorf("%q, want %q", said[i], want[i])
		}
	}
}
