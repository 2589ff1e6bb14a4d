package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// An issuer rounds to seconds, and its clock may differ a little.
const tolerance = time.Minute

// check says why a pair cannot be used now, whoever made it: what was asked for is not proof of what was answered.
func (c *config) check(p *pair, now time.Time) error {
	leaf := p.leaf()
	switch {
	case !p.key.PublicKey.Equal(leaf.PublicKey):
		return errors.New("the key does not belong to the certificate")
	case leaf.IsCA || leaf.KeyUsage&x509.KeyUsageCertSign != 0:
		return errors.New("the certificate is one of an authority: it could sign others")
	}
	if err := c.Names.compare(leaf); err != nil {
		return fmt.Errorf("the certificate is not the workload's: %w", err)
	}
	if err := compareUsages(leaf, c.Usages); err != nil {
		return fmt.Errorf("the certificate is not for the workload: %w", err)
	}
	roots, err := readPool(c.Roots)
	if err != nil {
		return fmt.Errorf("roots: %w", err)
	}
	intermediates := x509.NewCertPool()
	for _, one := range p.chain[1:] {
		intermediates.AddCert(one)
	}
	// Each by itself: one call with several would be content with a chain that allows one of them.
	for _, usage := range c.Usages {
		options := x509.VerifyOptions{
			Roots: roots, Intermediates: intermediates, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{extendedUsages[usage]},
		}
		if _, err := leaf.Verify(options); err != nil {
			return fmt.Errorf("the certificate does not lead to the roots: %w", err)
		}
	}
	return nil
}

// checkAnswer also says what is wrong with a certificate that was issued just now, for the life asked for.
func (c *config) checkAnswer(p *pair, asked time.Duration, now time.Time) error {
	if err := c.check(p, now); err != nil {
		return err
	}
	if left := p.leaf().NotAfter.Sub(now); left > asked+tolerance {
		return fmt.Errorf("the certificate lives for %s, longer than the %s asked for", left.Round(time.Second), asked)
	}
	return nil
}

// checkFound also says why a pair found at the start is not what the configuration wants today.
func (c *config) checkFound(p *pair, now time.Time) error {
	if err := c.check(p, now); err != nil {
		return err
	}
	if length := lifeOf(p.leaf(), c.Backdate).length(); (length - c.Lifetime).Abs() > tolerance {
		return fmt.Errorf("the certificate lives for %s, not for %s", length, c.Lifetime)
	}
	authorities, err := readCertificates(c.Intermediate)
	if err != nil {
		return fmt.Errorf("intermediate: %w", err)
	}
	for _, authority := range authorities {
		if p.leaf().CheckSignatureFrom(authority) == nil {
			return nil
		}
	}
	return errors.New("the certificate is signed by another intermediate")
}
