package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"phoenix/lab/portainer/internal/password"
	"phoenix/lab/portainer/internal/state"
	"phoenix/lab/portainer/internal/token"
)

const sessionCookie = "portainer_api_key"

var errUnauthorized = errors.New("unauthorized")

// identity is who calls, and by what: an API key may not make further keys.
type identity struct {
	user  state.User
	byKey bool
}

type identityKey struct{}

func caller(r *http.Request) identity { return r.Context().Value(identityKey{}).(identity) }

type credentials struct{ Username, Password string }

func (c credentials) check() error {
	if c.Username == "" {
		return badPayload("Invalid username")
	}
	if c.Password == "" {
		return badPayload("Invalid password")
	}
	return nil
}

func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) (any, error) {
	var given credentials
	if err := decode(w, r, &given); err != nil {
		return nil, err
	}
	if err := given.check(); err != nil {
		return nil, err
	}
	users := s.Store.View().Users
	i := slices.IndexFunc(users, func(u state.User) bool { return strings.EqualFold(u.Username, given.Username) })
	if i < 0 || !password.Matches(users[i].PasswordHash, given.Password) {
		return nil, fail(http.StatusUnprocessableEntity, "Invalid credentials", errUnauthorized)
	}
	now := time.Now()
	jwt, err := s.Signer.Issue(users[i].ID, users[i].Username, users[i].Role, now)
	if err != nil {
		return nil, err
	}
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: jwt, Path: "/", Expires: now.Add(token.Lifetime),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	return map[string]string{"jwt": jwt}, nil
}

// authenticated lets a request pass that brings a valid token (header or cookie) or API key.
func (s *Server) authenticated(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) (any, error) {
		who, err := s.identify(r)
		if err != nil {
			return nil, err
		}
		return next(w, r.WithContext(context.WithValue(r.Context(), identityKey{}, who)))
	}
}

func (s *Server) identify(r *http.Request) (identity, error) {
	users := s.Store.View().Users
	find := func(id int) (state.User, bool) {
		i := slices.IndexFunc(users, func(u state.User) bool { return u.ID == id })
		if i < 0 {
			return state.User{}, false
		}
		return users[i], true
	}
	jwt := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if cookie, err := r.Cookie(sessionCookie); jwt == "" && err == nil {
		jwt = cookie.Value
	}
	key := r.Header.Get("X-API-Key")
	if jwt == "" && key == "" {
		return identity{}, fail(http.StatusUnauthorized, "A valid authorization token is missing", errUnauthorized)
	}
	if claims, err := s.Signer.Check(jwt, time.Now()); err == nil {
		if user, ok := find(claims.ID); ok {
			return identity{user: user}, nil
		}
	}
	if key != "" {
		keys := s.Store.View().Keys
		i := slices.IndexFunc(keys, func(k state.APIKey) bool { return k.Digest == digest(key) })
		if i >= 0 {
			if user, ok := find(keys[i].UserID); ok {
				return identity{user: user, byKey: true}, nil
			}
		}
	}
	return identity{}, fail(http.StatusUnauthorized, "Invalid JWT token", errUnauthorized)
}

func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.StdEncoding.EncodeToString(sum[:])
}
