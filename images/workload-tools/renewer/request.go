package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
)

// newRequest makes a key that nobody had before, and asks for a certificate for it.
func newRequest(wanted names) (*ecdsa.PrivateKey, string, error) {
	key, err := newKey()
	if err != nil {
		return nil, "", err
	}
	template := &x509.CertificateRequest{}
	if err := wanted.apply(template); err != nil {
		return nil, "", err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return nil, "", err
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}
