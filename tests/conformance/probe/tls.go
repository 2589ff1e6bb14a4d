package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

// TLS says how to speak it. CA, Cert and Key are PEM, or files of the position such as /certificates/leaf/tls.crt.
type TLS struct {
	ServerName string `json:"serverName"`
	// CA verifies the server; without it anybody is believed.
	CA   string   `json:"ca"`
	Cert string   `json:"cert"`
	Key  string   `json:"key"`
	ALPN []string `json:"alpn"`
	// MaxVersion is "1.2" or "1.3"; empty is the newest.
	MaxVersion string `json:"maxVersion"`
	// Resume connects twice, the second time with the session of the first.
	Resume bool `json:"resume"`

	sessions tls.ClientSessionCache
}

func (t *TLS) config() (*tls.Config, error) {
	config := &tls.Config{
		ServerName: t.ServerName,
		NextProtos: t.ALPN,
		// An attacker does not care who answers, unless the order says so.
		InsecureSkipVerify: t.CA == "",
	}
	switch t.MaxVersion {
	case "1.2":
		config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	case "", "1.3":
		config.MinVersion = tls.VersionTLS12
	default:
		return nil, fmt.Errorf("no TLS version %q", t.MaxVersion)
	}
	if t.CA != "" {
		roots, err := pemOf(t.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(roots) {
			return nil, fmt.Errorf("no certificate in the CA")
		}
	}
	if t.Cert != "" {
		pair, err := t.pair()
		if err != nil {
			return nil, err
		}
		// Sent even if the server does not ask for this issuer: that is the attack.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil }
	}
	if t.Resume {
		if t.sessions == nil {
			t.sessions = tls.NewLRUClientSessionCache(1)
		}
		config.ClientSessionCache = t.sessions
	}
	return config, nil
}

func (t *TLS) pair() (*tls.Certificate, error) {
	cert, err := pemOf(t.Cert)
	if err != nil {
		return nil, err
	}
	key, err := pemOf(t.Key)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	return &pair, err
}

func pemOf(text string) ([]byte, error) {
	if strings.HasPrefix(text, "-----BEGIN ") {
		return []byte(text), nil
	}
	return os.ReadFile(text)
}

func names(state tls.ConnectionState) []string {
	leaf := state.PeerCertificates[0]
	all := append([]string{}, leaf.DNSNames...)
	for _, uri := range leaf.URIs {
		all = append(all, uri.String())
	}
	return all
}
