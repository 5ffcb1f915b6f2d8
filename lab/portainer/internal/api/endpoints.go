package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"phoenix/lab/portainer/internal/engine"
	"phoenix/lab/portainer/internal/state"
)

const (
	noEndpoint    = "Unable to find an environment with the specified identifier inside the database"
	nameNotUnique = "Name is not unique"
	noPing        = "Unable to get environment type"
	noGreeting    = "Unable to initiate communications with environment"
	typesAllowed  = "invalid environment type value. Value must be one of: 1 (Docker environment), 2 (Agent environment)"
)

// errPaired is what the real agent says of a server with another AGENT_SECRET.
var errPaired = errors.New("agent already paired with another Portainer instance")

func (s *Server) endpointList(w http.ResponseWriter, r *http.Request) (any, error) {
	all := s.Store.View().Endpoints
	found := []state.Endpoint{}
	for _, e := range all {
		if name := r.FormValue("name"); name == "" || name == e.Name {
			found = append(found, e)
		}
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(found)))
	w.Header().Set("X-Total-Available", strconv.Itoa(len(all)))
	return found, nil
}

// endpoint is the environment that the path names.
func (s *Server) endpoint(r *http.Request) (state.Endpoint, error) {
	id, err := routeID(r, "id", "environment")
	if err != nil {
		return state.Endpoint{}, err
	}
	e, err := s.Store.View().Endpoint(id)
	if err != nil {
		return e, missing(noEndpoint, err)
	}
	return e, nil
}

func (s *Server) endpointGet(_ http.ResponseWriter, r *http.Request) (any, error) {
	return s.endpoint(r)
}

func (s *Server) endpointCreate(_ http.ResponseWriter, r *http.Request) (any, error) {
	name := r.FormValue("Name")
	if name == "" {
		return nil, badPayload("invalid environment name")
	}
	kind, err := strconv.Atoi(r.FormValue("EndpointCreationType"))
	if err != nil || kind != state.TypeDocker && kind != state.TypeAgent {
		return nil, badPayload(typesAllowed)
	}
	if nameTaken(s.Store.View(), name, 0) {
		return nil, says(http.StatusConflict, nameNotUnique)
	}
	e := state.Endpoint{
		Name: name, Type: kind, URL: r.FormValue("URL"), GroupID: 1, Status: 1, TagIDs: []int{}, Snapshots: []any{},
		UserAccessPolicies: map[string]any{}, TeamAccessPolicies: map[string]any{},
	}
	if e.URL == "" && kind == state.TypeDocker {
		e.URL = "unix:///var/run/docker.sock"
	}
	if r.FormValue("TLS") == "true" {
		if e.TLSConfig, err = s.tlsFiles(r, name); err != nil {
			return nil, err
		}
	}
	if err := s.greet(&e); err != nil {
		return nil, err
	}
	err = s.Store.Update(func(st *state.State) error {
		if nameTaken(*st, name, 0) {
			return says(http.StatusConflict, nameNotUnique)
		}
		st.LastEnv++
		e.ID = st.LastEnv
		st.Endpoints = append(st.Endpoints, e)
		return nil
	})
	return e, err
}

// greet asks the environment who it is, and keeps an agent's version.
func (s *Server) greet(e *state.Endpoint) error {
	way, err := engine.For(*e, s.AgentSecret)
	if err != nil {
		return fail(http.StatusInternalServerError, noGreeting, err)
	}
	if e.Type == state.TypeAgent {
		ping, err := way.Get("/ping")
		if err != nil {
			return fail(http.StatusInternalServerError, noPing, err)
		}
		ping.Body.Close()
		if e.Agent.Version = ping.Header.Get("Portainer-Agent"); ping.StatusCode != http.StatusNoContent || e.Agent.Version == "" {
			return fail(http.StatusInternalServerError, noPing, fmt.Errorf("failed request with status %d", ping.StatusCode))
		}
	}
	info, err := way.Get("/info")
	if err != nil {
		return fail(http.StatusInternalServerError, noGreeting, err)
	}
	info.Body.Close()
	switch info.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusForbidden:
		return fail(http.StatusInternalServerError, noGreeting, errPaired)
	}
	return fail(http.StatusInternalServerError, noGreeting, fmt.Errorf("the engine answered with status %d", info.StatusCode))
}

func (s *Server) endpointUpdate(w http.ResponseWriter, r *http.Request) (any, error) {
	e, err := s.endpoint(r)
	if err != nil {
		return nil, err
	}
	var given struct {
		Name, URL          *string
		TLS, TLSSkipVerify *bool
	}
	if err := decode(w, r, &given); err != nil {
		return nil, err
	}
	set(&e.Name, given.Name)
	set(&e.URL, given.URL)
	set(&e.TLSConfig.TLS, given.TLS)
	set(&e.TLSConfig.TLSSkipVerify, given.TLSSkipVerify)
	err = s.Store.Update(func(st *state.State) error {
		if nameTaken(*st, e.Name, e.ID) {
			return says(http.StatusConflict, nameNotUnique)
		}
		i := slices.IndexFunc(st.Endpoints, func(old state.Endpoint) bool { return old.ID == e.ID })
		if i < 0 {
			return missing(noEndpoint, state.ErrNotFound)
		}
		st.Endpoints[i] = e
		return nil
	})
	return e, err
}

func (s *Server) endpointDelete(_ http.ResponseWriter, r *http.Request) (any, error) {
	e, err := s.endpoint(r)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(func(st *state.State) error {
		st.Endpoints = slices.DeleteFunc(st.Endpoints, func(old state.Endpoint) bool { return old.ID == e.ID })
		return nil
	})
	for _, file := range []string{e.TLSConfig.TLSCACert, e.TLSConfig.TLSCert, e.TLSConfig.TLSKey} {
		if file != "" {
			err = errors.Join(err, os.RemoveAll(filepath.Dir(file)))
		}
	}
	return nil, err
}

// endpointProxy passes a request on to the environment's Docker API, byte for byte.
func (s *Server) endpointProxy(w http.ResponseWriter, r *http.Request) (any, error) {
	e, err := s.endpoint(r)
	if err != nil {
		return nil, err
	}
	way, err := engine.For(e, s.AgentSecret)
	if err != nil {
		return nil, fail(http.StatusInternalServerError, "Unable to create proxy", err)
	}
	prefix := fmt.Sprintf("/api/endpoints/%s/docker", r.PathValue("id"))
	http.StripPrefix(prefix, way.Proxy()).ServeHTTP(w, r)
	return done, nil
}

func nameTaken(st state.State, name string, except int) bool {
	return slices.ContainsFunc(st.Endpoints, func(e state.Endpoint) bool { return e.Name == name && e.ID != except })
}

// set changes a field where the request names a value.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
