package main

import (
	"testing"

	policy "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
)

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
