// Package token makes and checks the session tokens: JSON Web Tokens signed with HS256.
package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Lifetime of a session, as Portainer's default.
const Lifetime = 8 * time.Hour

// ErrInvalid stands for every reason for which a token is refused.
var ErrInvalid = errors.New("invalid JWT token")

// Claims are the token's content.
type Claims struct {
	ID        int    `json:"id"`
	Username  string `json:"username"`
	Role      int    `json:"role"`
	Scope     string `json:"scope"`
	ExpiresAt int64  `json:"exp"`
	IssuedAt  int64  `json:"iat"`
}

// Signer holds the key; it lives as long as the process, so that a restart ends every session (as Portainer's does).
type Signer struct{ key []byte }

// NewSigner draws a key.
func NewSigner() (*Signer, error) {
	key := make([]byte, 32)
	_, err := rand.Read(key)
	return &Signer{key: key}, err
}

var encoding = base64.RawURLEncoding

var header = encoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

// Issue makes a token for a user, valid from now.
func (s *Signer) Issue(id int, username string, role int, now time.Time) (string, error) {
	raw, err := json.Marshal(Claims{id, username, role, "default", now.Add(Lifetime).Unix(), now.Unix()})
	if err != nil {
		return "", err
	}
	body := header + "." + encoding.EncodeToString(raw)
	return body + "." + encoding.EncodeToString(s.mac(body)), nil
}

// Check gives the claims of a token that this signer made and that has not expired.
func (s *Signer) Check(jwt string, now time.Time) (Claims, error) {
	var claims Claims
	cut := strings.LastIndexByte(jwt, '.')
	if cut < 0 {
		return claims, ErrInvalid
	}
	body := jwt[:cut]
	mac, err := encoding.DecodeString(jwt[cut+1:])
	if err != nil || !hmac.Equal(mac, s.mac(body)) {
		return claims, ErrInvalid
	}
	payload, found := strings.CutPrefix(body, header+".")
	raw, err := encoding.DecodeString(payload)
	if !found || err != nil || json.Unmarshal(raw, &claims) != nil || now.Unix() >= claims.ExpiresAt {
		return Claims{}, ErrInvalid
	}
	return claims, nil
}

func (s *Signer) mac(body string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(body))
	return h.Sum(nil)
}
