package main

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	signPath  = "/1.0/sign"
	tokenLife = 5 * time.Minute
)

// newToken proves to the issuer, once, that the holder of the enrolment key wants these names and usages.
func (c *config) newToken(wanted wish, now time.Time) (string, error) {
	key, err := readKey(c.Key)
	if err != nil {
		return "", fmt.Errorf("enrolment key: %w", err)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: c.Provisioner}},
		new(jose.SignerOptions).WithType("JWT"),
	)
	if err != nil {
		return "", fmt.Errorf("enrolment key: %w", err)
	}
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer:    c.Provisioner,
		Subject:   wanted.names.first(),
		Audience:  jwt.Audience{"https://" + c.Issuer.ServerName + signPath},
		NotBefore: jwt.NewNumericDate(now),
		IssuedAt:  jwt.NewNumericDate(now),
		Expiry:    jwt.NewNumericDate(now.Add(tokenLife)),
		ID:        rand.Text(),
	}).Claims(map[string]any{
		"sans":   wanted.names.all(),
		"usages": extended(wanted.usages),
	}).Serialize()
}
