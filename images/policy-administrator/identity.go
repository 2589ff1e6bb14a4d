package main

import (
	"errors"
	"slices"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	// Where the guard's jwt_authn filter leaves the verified claims.
	claimsFilter = "envoy.filters.http.jwt_authn"
	claimsKey    = "claims"
	// Envoy files the attributes it sends under the name of the filter's kind, whatever the filter is called.
	attributesFilter = "envoy.filters.http.ext_proc"
	rolesAttribute   = "filter_state['zt.roles']"
)

// identity is who is behind a WebSocket, by the guard's own verified facts. Nothing of it comes from a client's header.
type identity struct {
	Email   string
	Subject string
	Session string
	// Clients are azp and client_id: identity providers name a machine by one, the other or both.
	Clients []string
	Roles   []string
}

func newIdentity(metadata *core.Metadata, attributes map[string]*structpb.Struct) (identity, error) {
	claims := metadata.GetFilterMetadata()[claimsFilter].GetFields()[claimsKey].GetStructValue().GetFields()
	who := identity{
		Email:   claims["email"].GetStringValue(),
		Subject: claims["sub"].GetStringValue(),
		Session: claims["sid"].GetStringValue(),
	}
	for _, claim := range []string{"azp", "client_id"} {
		if id := claims[claim].GetStringValue(); id != "" && !slices.Contains(who.Clients, id) {
			who.Clients = append(who.Clients, id)
		}
	}
	// Whom nobody could name, nobody could revoke.
	if who.Email == "" && who.Subject == "" && len(who.Clients) == 0 {
		return who, errors.New("no claims")
	}
	// Without the roles, the end of a time-boxed grant would go unseen.
	who.Roles = strings.Fields(attributes[attributesFilter].GetFields()[rolesAttribute].GetStringValue())
	if len(who.Roles) == 0 {
		return who, errors.New("no role")
	}
	return who, nil
}

// user is how people and the log call this identity.
func (who identity) user() string {
	switch {
	case who.Email != "":
		return who.Email
	case len(who.Clients) > 0:
		return clientPrefix + who.Clients[0]
	default:
		return who.Subject
	}
}
