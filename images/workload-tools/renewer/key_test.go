package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestParseKey(t *testing.T) {
	right := mustKey(t)
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(right)
	sec1, _ := x509.MarshalECPrivateKey(right)
	large, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	largeDER, _ := x509.MarshalPKCS8PrivateKey(large)
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	edwardsDER, _ := x509.MarshalPKCS8PrivateKey(edwards)
	public, _ := x509.MarshalPKIXPublicKey(&right.PublicKey)
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"PKCS #8", pemText("PRIVATE KEY", pkcs8), true},
		{"SEC 1", pemText("EC PRIVATE KEY", sec1), true},
		{"after something else", pemText("EC PARAMETERS", []byte{6, 0}) + pemText("EC PRIVATE KEY", sec1), true},
		{"nothing", "", false},
		{"rubbish", "top-secret", false},
		{"cut off", pemText("PRIVATE KEY", pkcs8[:40]), false},
		{"wrong label", pemText("PRIVATE KEY", sec1), false},
		{"another curve", pemText("PRIVATE KEY", largeDER), false},
		{"another kind", pemText("PRIVATE KEY", edwardsDER), false},
		{"a public key", pemText("PUBLIC KEY", public), false},
		{"encrypted", pemText("ENCRYPTED PRIVATE KEY", pkcs8), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			key, err := parseKey([]byte(test.text))
			if test.ok {
				if err != nil || !key.Equal(right) {
					t.Fatalf("not read: %v", err)
				}
				return
			}
			expectError(t, err, "curve P-256")
			if strings.Contains(err.Error(), "top-secret") {
				t.Error("the error tells what is in the file")
			}
		})
	}
}

func mustPKCS8(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
