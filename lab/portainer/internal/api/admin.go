package api

import (
	"errors"
	"net/http"
	"unicode/utf8"

	"phoenix/lab/portainer/internal/password"
	"phoenix/lab/portainer/internal/state"
)

const administrator = 1 // Portainer's number of the role

var errAdminExists = errors.New("an administrator user already exists")

func (s *Server) adminCheck(_ http.ResponseWriter, _ *http.Request) (any, error) {
	if len(s.Store.View().Users) == 0 {
		return nil, fail(http.StatusNotFound, "No administrator account found inside the database", state.ErrNotFound)
	}
	return nil, nil
}

func (s *Server) adminInit(w http.ResponseWriter, r *http.Request) (any, error) {
	var given credentials
	if err := decode(w, r, &given); err != nil {
		return nil, err
	}
	if err := given.check(); err != nil {
		return nil, err
	}
	if len(s.Store.View().Users) > 0 {
		return nil, fail(http.StatusConflict, "Unable to create administrator user", errAdminExists)
	}
	if utf8.RuneCountInString(given.Password) < password.MinLength {
		return nil, says(http.StatusBadRequest, "Password does not meet the requirements")
	}
	hash, err := password.Hash(given.Password)
	if err != nil {
		return nil, err
	}
	err = s.CreateAdmin(given.Username, hash)
	if errors.Is(err, errAdminExists) {
		return nil, fail(http.StatusConflict, "Unable to create administrator user", err)
	}
	if err != nil {
		return nil, err
	}
	return map[string]any{"Id": 1, "Username": given.Username, "Password": hash, "Role": administrator}, nil
}

// CreateAdmin stores the first account; there is never a second one.
func (s *Server) CreateAdmin(username, hash string) error {
	return s.Store.Update(func(st *state.State) error {
		if len(st.Users) > 0 {
			return errAdminExists
		}
		st.Users = append(st.Users, state.User{ID: 1, Username: username, PasswordHash: hash, Role: administrator})
		return nil
	})
}
