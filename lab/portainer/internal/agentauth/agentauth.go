// Package agentauth signs requests from server to agent, and from agent to agent, with the shared AGENT_SECRET.
//
// The scheme is the lab's own (the real agent uses signatures of the server's key): an HMAC-SHA256 over method, path with query, and time.
package agentauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	timeHeader      = "X-Lab-Agent-Time"
	signatureHeader = "X-Lab-Agent-Signature"
	tolerance       = time.Minute
)

// Errors of Verify, with the real agent's first message.
var (
	ErrMissing = errors.New("missing request signature headers")
	ErrInvalid = errors.New("invalid request signature")
)

// Sign adds the headers to a request; nothing that they cover may change afterwards.
func Sign(r *http.Request, secret string, now time.Time) {
	stamp := strconv.FormatInt(now.Unix(), 10)
	r.Header.Set(timeHeader, stamp)
	r.Header.Set(signatureHeader, signature(r, secret, stamp))
}

// Verify accepts a request that was signed with the same secret within the last minute.
func Verify(r *http.Request, secret string, now time.Time) error {
	stamp, got := r.Header.Get(timeHeader), r.Header.Get(signatureHeader)
	if stamp == "" || got == "" {
		return ErrMissing
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return ErrInvalid
	}
	if !hmac.Equal([]byte(got), []byte(signature(r, secret, stamp))) {
		return ErrInvalid
	}
	return nil
}

func signature(r *http.Request, secret, stamp string) string {
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%s\n%s\n%s", r.Method, r.URL.RequestURI(), stamp)
	return hex.EncodeToString(h.Sum(nil))
}

// Transport signs each request before it is sent.
type Transport struct {
	Base   http.RoundTripper
	Secret string
}

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	signed := r.Clone(r.Context())
	Sign(signed, t.Secret, time.Now())
	return t.Base.RoundTrip(signed)
}
