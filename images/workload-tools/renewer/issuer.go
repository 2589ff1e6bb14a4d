package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"
)

const (
	rekeyPath      = "/1.0/rekey"
	requestTimeout = 15 * time.Second
	maxBody        = 1 << 20
	maxMessage     = 1000
)

// wish is what is asked for. Its lifetime is the issuer's business, so it is any text.
type wish struct {
	names    names
	usages   []string
	lifetime string
}

type signRequest struct {
	CSR      string `json:"csr"`
	Token    string `json:"ott"`
	NotAfter string `json:"notAfter"`
}

type rekeyRequest struct {
	CSR string `json:"csr"`
}

type issuerAnswer struct {
	Chain []string `json:"certChain"`
}

// refusal is what the issuer answered instead of a certificate.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the issuer refused with status %d: %s", r.status, r.message)
}

// enrol asks for a certificate with the enrolment key. What comes back is not checked yet.
func (c *config) enrol(ctx context.Context, wanted wish, now time.Time) (*pair, error) {
	token, err := c.newToken(wanted, now)
	if err != nil {
		return nil, err
	}
	key, csr, err := newRequest(wanted.names)
	if err != nil {
		return nil, err
	}
	return c.ask(ctx, signPath, signRequest{CSR: csr, Token: token, NotAfter: wanted.lifetime}, nil, key)
}

// rekey asks for a certificate like the current one with a new key. What comes back is not checked yet.
func (c *config) rekey(ctx context.Context, current *pair) (*pair, error) {
	key, csr, err := newRequest(c.Names)
	if err != nil {
		return nil, err
	}
	return c.ask(ctx, rekeyPath, rekeyRequest{CSR: csr}, current, key)
}

func (c *config) ask(ctx context.Context, path string, body any, current *pair, key *ecdsa.PrivateKey) (*pair, error) {
	client, err := c.client(current)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Issuer.URL+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	request.Header.Set("content-type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the issuer gave no answer: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("the issuer's answer broke off: %w", err)
	}
	if len(answer) > maxBody {
		return nil, errors.New("the issuer's answer has more than 1 MiB")
	}
	if response.StatusCode != http.StatusCreated {
		return nil, &refusal{response.StatusCode, messageIn(answer, response.StatusCode)}
	}
	var parsed issuerAnswer
	if err := json.Unmarshal(answer, &parsed); err != nil {
		return nil, errors.New("the issuer's answer is not the JSON expected")
	}
	chain, err := parseCertificates([]byte(strings.Join(parsed.Chain, "\n")))
	if err != nil {
		return nil, fmt.Errorf("the issuer's answer: %w", err)
	}
	return &pair{chain: chain, key: key}, nil
}

// client is made for one request: the roots may have been replaced since the last one.
func (c *config) client(current *pair) (*http.Client, error) {
	roots, err := readPool(c.Roots)
	if err != nil {
		return nil, fmt.Errorf("roots: %w", err)
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: c.Issuer.ServerName}
	if current != nil {
		// Always, even if the issuer names authorities this one does not come from: it shall say no, not miss something.
		settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return current.forTLS(), nil }
	}
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true},
		Timeout:   requestTimeout,
		// A redirect is an answer, and it is no certificate.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// messageIn is the issuer's own text if it gave one, made fit for one line of a log.
func messageIn(answer []byte, status int) string {
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(answer, &said) != nil || said.Message == "" {
		return http.StatusText(status)
	}
	if len(said.Message) > maxMessage {
		said.Message = said.Message[:maxMessage] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, said.Message)
}

// refusesToRenew says whether the issuer will not renew this certificate, however often it is asked. step-ca refuses some
// of them with a TLS alert already, those whose root it has forgotten for example.
func refusesToRenew(err error) bool {
	if no := new(refusal); errors.As(err, &no) {
		return no.status == http.StatusUnauthorized || no.status == http.StatusForbidden
	}
	var alert *net.OpError
	return errors.As(err, &alert) && alert.Op == "remote error"
}
