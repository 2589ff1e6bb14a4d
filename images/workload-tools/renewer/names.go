package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
)

// names is what a certificate says its holder is called.
type names struct {
	URIs, DNS, IPs []string
}

func (n names) all() []string {
	return slices.Concat(n.URIs, n.DNS, n.IPs)
}

// first is the identity that logs and metrics tell.
func (n names) first() string {
	return n.all()[0]
}

func (n names) check() error {
	if len(n.all()) == 0 {
		return errors.New("there is no name at all; give one in uris, dnsNames or ipAddresses")
	}
	return nil
}

// apply puts the names into a certificate request.
func (n names) apply(request *x509.CertificateRequest) error {
	request.DNSNames = n.DNS
	for _, one := range n.URIs {
		parsed, err := url.Parse(one)
		if err != nil {
			return fmt.Errorf("%q cannot be written into a request as a URI", one)
		}
		request.URIs = append(request.URIs, parsed)
	}
	for _, one := range n.IPs {
		parsed := net.ParseIP(one)
		if parsed == nil {
			return fmt.Errorf("%q cannot be written into a request as an IP address", one)
		}
		request.IPAddresses = append(request.IPAddresses, parsed)
	}
	return nil
}

// compare says what is wrong if the certificate has a name more or less than these.
func (n names) compare(certificate *x509.Certificate) error {
	var uris, ips []string
	for _, one := range certificate.URIs {
		uris = append(uris, one.String())
	}
	for _, one := range certificate.IPAddresses {
		ips = append(ips, one.String())
	}
	for _, kind := range []struct {
		name      string
		got, want []string
	}{
		{"URIs", uris, n.URIs},
		{"DNS names", certificate.DNSNames, n.DNS},
		{"IP addresses", ips, n.IPs},
		{"e-mail addresses", certificate.EmailAddresses, nil},
	} {
		if !sameMembers(kind.got, kind.want) {
			return fmt.Errorf("its %s are %q, not %q", kind.name, kind.got, kind.want)
		}
	}
	return nil
}

func sameMembers(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
