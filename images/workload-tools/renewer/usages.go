package main

import (
	"crypto/x509"
	"fmt"
)

// extendedUsages are the usages of the configuration, as certificates know them.
var extendedUsages = map[string]x509.ExtKeyUsage{
	"server": x509.ExtKeyUsageServerAuth,
	"client": x509.ExtKeyUsageClientAuth,
}

// extended are the names of the usages in a token. What it does not know it leaves as it is: the issuer decides.
func extended(usages []string) []string {
	var out []string
	for _, usage := range usages {
		if known, ok := extendedUsages[usage]; ok {
			usage = known.String()
		}
		out = append(out, usage)
	}
	return out
}

// compareUsages says what is wrong if the certificate is good for more or less than these.
func compareUsages(certificate *x509.Certificate, usages []string) error {
	var got []string
	for _, one := range certificate.ExtKeyUsage {
		got = append(got, one.String())
	}
	for _, one := range certificate.UnknownExtKeyUsage {
		got = append(got, one.String())
	}
	if want := extended(usages); !sameMembers(got, want) {
		return fmt.Errorf("its extended key usages are %q, not %q", got, want)
	}
	return nil
}
