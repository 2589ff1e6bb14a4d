package main

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

const (
	certificateFile = "tls.crt"
	keyFile         = "tls.key"

	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
)

// pair is a certificate with its key. The chain begins with the leaf and ends before the root.
type pair struct {
	chain []*x509.Certificate
	key   *ecdsa.PrivateKey
}

func (p *pair) leaf() *x509.Certificate { return p.chain[0] }

func (p *pair) forTLS() *tls.Certificate {
	out := &tls.Certificate{PrivateKey: p.key, Leaf: p.leaf()}
	for _, one := range p.chain {
		out.Certificate = append(out.Certificate, one.Raw)
	}
	return out
}

// files is the pair as it is published.
func (p *pair) files() (map[string][]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		certificateFile: encodeCertificates(p.chain),
		keyFile:         pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: key}),
	}, nil
}

// pairFrom reads what files wrote.
func pairFrom(files map[string][]byte) (*pair, error) {
	chain, err := parseCertificates(files[certificateFile])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", certificateFile, err)
	}
	key, err := parseKey(files[keyFile])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	return &pair{chain: chain, key: key}, nil
}

func encodeCertificates(chain []*x509.Certificate) []byte {
	var out []byte
	for _, one := range chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: one.Raw})...)
	}
	return out
}

func parseCertificates(raw []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != certificateBlock {
			return nil, fmt.Errorf("holds a %q beside certificates", block.Type)
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	if len(found) == 0 {
		return nil, errors.New("holds no certificate")
	}
	return found, nil
}

func readCertificates(path string) ([]*x509.Certificate, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found, err := parseCertificates(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return found, nil
}

func readPool(path string) (*x509.CertPool, error) {
	found, err := readCertificates(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, one := range found {
		pool.AddCert(one)
	}
	return pool, nil
}
