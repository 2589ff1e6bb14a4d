package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	policy "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	filter "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	discoveryapi "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	configuration "github.com/envoyproxy/go-control-plane/envoy/service/extension/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/log"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"
)

// listName is the one resource, and the one policy in it: Envoy's access log names it with each request it denied.
const listName = "revoked"

// discovery hands the list of who is revoked to Envoy, as the configuration of an RBAC filter that Envoy subscribes to.
type discovery struct {
	cache  *cache.LinearCache
	server server.Server
}

func newDiscovery(ctx context.Context, journal *journal) *discovery {
	// A version names one list only, whichever run made it: Envoy brings the last run's when it comes back.
	prefix := strconv.FormatInt(time.Now().UnixNano(), 36) + "."
	quiet := log.LoggerFuncs{}
	lists := cache.NewLinearCache(resource.ExtensionConfigType, cache.WithVersionPrefix(prefix), cache.WithLogger(quiet))
	rejected := func(detail interface{ GetMessage() string }) {
		journal.write(event{Event: "list-rejected", Reason: detail.GetMessage()})
	}
	callbacks := server.CallbackFuncs{
		StreamRequestFunc: func(_ int64, request *discoveryapi.DiscoveryRequest) error {
			if detail := request.GetErrorDetail(); detail != nil {
				rejected(detail)
			}
			return nil
		},
		StreamDeltaRequestFunc: func(_ int64, request *discoveryapi.DeltaDiscoveryRequest) error {
			if detail := request.GetErrorDetail(); detail != nil {
				rejected(detail)
			}
			return nil
		},
	}
	return &discovery{lists, server.NewServer(ctx, lists, callbacks)}
}

func (d *discovery) register(to *grpc.Server) {
	configuration.RegisterExtensionConfigDiscoveryServiceServer(to, d.server)
}

func (d *discovery) publish(list []revocation) error {
	rules, err := anypb.New(denyList(list))
	if err != nil {
		return err
	}
	err = d.cache.UpdateResource(listName, &core.TypedExtensionConfig{Name: listName, TypedConfig: rules})
	if err != nil {
		return fmt.Errorf("the guard was not told: %w", err)
	}
	return nil
}

// denyList is an RBAC filter that denies whom the list names. RBAC with no policy and the action DENY denies nobody, and a
// policy without a principal would be invalid.
func denyList(list []revocation) *filter.RBAC {
	rules := &policy.RBAC{Action: policy.RBAC_DENY, Policies: map[string]*policy.Policy{}}
	if len(list) > 0 {
		everything := &policy.Permission{Rule: &policy.Permission_Any{Any: true}}
		denied := &policy.Policy{Permissions: []*policy.Permission{everything}}
		for _, entry := range list {
			denied.Principals = append(denied.Principals, principals(entry.selector)...)
		}
		rules.Policies[listName] = denied
	}
	return &filter.RBAC{Rules: rules}
}

func principals(chosen selector) []*policy.Principal {
	exactly := &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Exact{Exact: chosen.Value}}
	switch chosen.Kind {
	case byUser:
		return []*policy.Principal{claim("email", anyCase(chosen.Value))}
	case byClient:
		return []*policy.Principal{claim("azp", exactly), claim("client_id", exactly)}
	case bySubject:
		return []*policy.Principal{claim("sub", exactly)}
	default:
		return []*policy.Principal{claim("sid", exactly)}
	}
}

// anyCase matches a value in every letter case. Envoy's ignore_case knows ASCII letters only, and so do its expressions;
// other letters are spelled out in each of their cases.
func anyCase(value string) *matcher.StringMatcher {
	var expression strings.Builder
	ascii := true
	expression.WriteString("(?i)")
	for _, r := range value {
		if r <= unicode.MaxASCII {
			expression.WriteString(regexp.QuoteMeta(string(r)))
			continue
		}
		ascii = false
		expression.WriteString("(?:" + string(r))
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			expression.WriteString("|" + string(other))
		}
		expression.WriteString(")")
	}
	if ascii {
		return &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Exact{Exact: value}, IgnoreCase: true}
	}
	folded := &matcher.RegexMatcher{Regex: expression.String()}
	return &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_SafeRegex{SafeRegex: folded}}
}

func claim(name string, value *matcher.StringMatcher) *policy.Principal {
	step := func(key string) *matcher.MetadataMatcher_PathSegment {
		return &matcher.MetadataMatcher_PathSegment{Segment: &matcher.MetadataMatcher_PathSegment_Key{Key: key}}
	}
	return &policy.Principal{Identifier: &policy.Principal_SourcedMetadata{SourcedMetadata: &policy.SourcedMetadata{
		MetadataSource: policy.MetadataSource_DYNAMIC,
		MetadataMatcher: &matcher.MetadataMatcher{
			Filter: claimsFilter,
			Path:   []*matcher.MetadataMatcher_PathSegment{step(claimsKey), step(name)},
			Value:  &matcher.ValueMatcher{MatchPattern: &matcher.ValueMatcher_StringMatch{StringMatch: value}},
		},
	}}}
}
