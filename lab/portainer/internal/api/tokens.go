package api

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"phoenix/lab/portainer/internal/password"
	"phoenix/lab/portainer/internal/state"
)

const keyPrefix = "ptr_"

// own gives the calling user where the path names that user.
func own(r *http.Request, action string) (state.User, error) {
	id, err := routeID(r, "id", "user")
	if err != nil {
		return state.User{}, err
	}
	if user := caller(r).user; user.ID == id {
		return user, nil
	}
	return state.User{}, fail(http.StatusForbidden, "Permission denied to "+action, errUnauthorized)
}

func (s *Server) tokenCreate(w http.ResponseWriter, r *http.Request) (any, error) {
	if caller(r).byKey {
		return nil, fail(http.StatusUnauthorized, "Auth not supported", errors.New("authentication required"))
	}
	var given struct{ Password, Description string }
	if err := decode(w, r, &given); err != nil {
		return nil, err
	}
	if given.Description == "" {
		return nil, badPayload("invalid description: cannot be empty")
	}
	user, err := own(r, "create user access token")
	if err != nil {
		return nil, err
	}
	if !password.Matches(user.PasswordHash, given.Password) {
		cause := errors.New("current password does not match the password provided. Please try again")
		return nil, fail(http.StatusForbidden, "Current password doesn't match", cause)
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	raw := keyPrefix + base64.StdEncoding.EncodeToString(secret)
	key := state.APIKey{
		UserID: user.ID, Description: given.Description, Prefix: raw[:7], DateCreated: time.Now().Unix(), Digest: digest(raw),
	}
	err = s.Store.Update(func(st *state.State) error {
		st.LastKey++
		key.ID = st.LastKey
		st.Keys = append(st.Keys, key)
		return nil
	})
	return created{map[string]any{"rawAPIKey": raw, "apiKey": key}}, err
}

func (s *Server) tokenList(_ http.ResponseWriter, r *http.Request) (any, error) {
	user, err := own(r, "get user access tokens")
	if err != nil {
		return nil, err
	}
	keys := []state.APIKey{}
	for _, key := range s.Store.View().Keys {
		if key.UserID == user.ID {
			key.Digest = ""
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (s *Server) tokenDelete(_ http.ResponseWriter, r *http.Request) (any, error) {
	user, err := own(r, "delete user access token")
	if err != nil {
		return nil, err
	}
	id, err := routeID(r, "key", "api-key")
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(func(st *state.State) error {
		before := len(st.Keys)
		st.Keys = slices.DeleteFunc(st.Keys, func(k state.APIKey) bool { return k.ID == id && k.UserID == user.ID })
		if len(st.Keys) == before {
			return fmt.Errorf("%w (bucket=api_key, key=%d)", state.ErrNotFound, id)
		}
		return nil
	})
	if err != nil {
		return nil, fail(http.StatusInternalServerError, "API Key not found", err)
	}
	return nil, nil
}
