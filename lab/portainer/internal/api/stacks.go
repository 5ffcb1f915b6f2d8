package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"phoenix/lab/portainer/internal/engine"
	"phoenix/lab/portainer/internal/state"
)

const (
	noStack         = "Unable to find a stack with the specified identifier inside the database"
	noStackEndpoint = "Unable to find the environment associated to the stack inside the database"
	swarmStack      = 1
	active          = 1
)

var notInName = regexp.MustCompile(`[^-_a-z0-9]+`)

func (s *Server) stackList(_ http.ResponseWriter, _ *http.Request) (any, error) {
	return append([]state.Stack{}, s.Store.View().Stacks...), nil
}

// stack is the stack that the path names.
func (s *Server) stack(r *http.Request) (state.Stack, error) {
	id, err := routeID(r, "id", "stack")
	if err != nil {
		return state.Stack{}, err
	}
	found, err := s.Store.View().Stack(id)
	if err != nil {
		return found, missing(noStack, err)
	}
	return found, nil
}

func (s *Server) stackGet(_ http.ResponseWriter, r *http.Request) (any, error) { return s.stack(r) }

func (s *Server) stackFile(_ http.ResponseWriter, r *http.Request) (any, error) {
	stack, err := s.stack(r)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(stack.ProjectPath, stack.EntryPoint))
	if err != nil {
		return nil, fail(http.StatusInternalServerError, "Unable to retrieve Compose file from disk", err)
	}
	return map[string]string{"StackFileContent": string(raw)}, nil
}

// way leads to the engine of the environment in the query.
func (s *Server) way(r *http.Request, noneMessage string, optional bool) (state.Endpoint, engine.Engine, error) {
	text := r.URL.Query().Get("endpointId")
	if text == "" && !optional {
		cause := fmt.Errorf("missing query parameter")
		return state.Endpoint{}, engine.Engine{}, fail(http.StatusBadRequest, "Invalid query parameter: endpointId", cause)
	}
	id, err := strconv.Atoi(text)
	if err != nil && text != "" {
		return state.Endpoint{}, engine.Engine{}, fail(http.StatusBadRequest, "Invalid query parameter: endpointId", err)
	}
	e, err := s.Store.View().Endpoint(id)
	if err != nil {
		return e, engine.Engine{}, missing(noneMessage, err)
	}
	way, err := engine.For(e, s.AgentSecret)
	return e, way, err
}

type stackPayload struct {
	Name             string       `json:"name"`
	SwarmID          string       `json:"swarmID"`
	StackFileContent string       `json:"stackFileContent"`
	Env              []state.Pair `json:"env"`
	Prune            bool         `json:"prune"`
	PullImage        bool         `json:"pullImage"`
}

func (s *Server) stackCreate(w http.ResponseWriter, r *http.Request) (any, error) {
	e, way, err := s.way(r, noEndpoint, false)
	if err != nil {
		return nil, err
	}
	var given stackPayload
	if err := decode(w, r, &given); err != nil {
		return nil, err
	}
	for _, required := range []struct{ value, of string }{
		{given.Name, "stack name"}, {given.SwarmID, "Swarm ID"}, {given.StackFileContent, "stack file content"},
	} {
		if required.value == "" {
			return nil, badPayload("Invalid " + required.of)
		}
	}
	name := notInName.ReplaceAllString(strings.ToLower(given.Name), "")
	s.deploying.Lock()
	defer s.deploying.Unlock()
	if taken, err := s.stackNameTaken(way, name); err != nil {
		return nil, fail(http.StatusInternalServerError, "Unable to check for name collision", err)
	} else if taken {
		return nil, says(http.StatusConflict, fmt.Sprintf("A stack with the normalized name '%s' already exists", name))
	}
	id := s.Store.View().LastStack + 1
	stack := state.Stack{
		ID: id, Name: name, Type: swarmStack, EndpointID: e.ID, SwarmID: given.SwarmID, EntryPoint: engine.Project, Env: given.Env,
		Status: active, ProjectPath: filepath.Join(s.Store.Dir(), "compose", strconv.Itoa(id)),
		CreationDate: time.Now().Unix(), CreatedBy: caller(r).user.Username,
	}
	if err := s.deploy(way, stack, given.StackFileContent, true, true); err != nil {
		return nil, err
	}
	return stack, s.Store.Update(func(st *state.State) error {
		st.LastStack = id
		st.Stacks = append(st.Stacks, stack)
		return nil
	})
}

// stackNameTaken looks among this server's stacks and the services that the Swarm already has under that name.
func (s *Server) stackNameTaken(way engine.Engine, name string) (bool, error) {
	if slices.ContainsFunc(s.Store.View().Stacks, func(other state.Stack) bool { return other.Name == name }) {
		return true, nil
	}
	filter, err := json.Marshal(map[string][]string{"label": {"com.docker.stack.namespace=" + name}})
	if err != nil {
		return false, err
	}
	answer, err := way.Get("/services?filters=" + url.QueryEscape(string(filter)))
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	var services []any
	if answer.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the engine answered with status %d", answer.StatusCode)
	}
	err = json.NewDecoder(answer.Body).Decode(&services)
	return len(services) > 0, err
}

// deploy writes the new compose file beside the old one, which it replaces only once the CLI has taken it.
func (s *Server) deploy(way engine.Engine, stack state.Stack, content string, prune, pull bool) error {
	if err := os.MkdirAll(stack.ProjectPath, 0o700); err != nil {
		return err
	}
	next := filepath.Join(stack.ProjectPath, "next."+stack.EntryPoint)
	defer os.Remove(next)
	if err := state.WriteFile(next, []byte(content)); err != nil {
		return err
	}
	if err := s.CLI.Deploy(way, stack.Name, next, stack.Env, prune, pull); err != nil {
		return says(http.StatusInternalServerError, err.Error())
	}
	return os.Rename(next, filepath.Join(stack.ProjectPath, stack.EntryPoint))
}

func (s *Server) stackUpdate(w http.ResponseWriter, r *http.Request) (any, error) {
	stack, err := s.stack(r)
	if err != nil {
		return nil, err
	}
	_, way, err := s.way(r, noStackEndpoint, false)
	if err != nil {
		return nil, err
	}
	var given stackPayload
	if err := decode(w, r, &given); err != nil {
		return nil, err
	}
	if given.StackFileContent == "" {
		return nil, badPayload("Invalid stack file content")
	}
	s.deploying.Lock()
	defer s.deploying.Unlock()
	stack.Env, stack.UpdateDate, stack.UpdatedBy = given.Env, time.Now().Unix(), caller(r).user.Username
	if err := s.deploy(way, stack, given.StackFileContent, given.Prune, given.PullImage); err != nil {
		return nil, err
	}
	return stack, s.Store.Update(func(st *state.State) error {
		i := slices.IndexFunc(st.Stacks, func(old state.Stack) bool { return old.ID == stack.ID })
		if i < 0 {
			return missing(noStack, state.ErrNotFound)
		}
		st.Stacks[i] = stack
		return nil
	})
}

func (s *Server) stackDelete(_ http.ResponseWriter, r *http.Request) (any, error) {
	stack, err := s.stack(r)
	if err != nil {
		return nil, err
	}
	_, way, err := s.way(r, strings.Replace(noStackEndpoint, "environment", "endpoint", 1), true)
	if err != nil {
		return nil, err
	}
	s.deploying.Lock()
	defer s.deploying.Unlock()
	if err := s.CLI.Remove(way, stack.Name); err != nil {
		return nil, says(http.StatusInternalServerError, err.Error())
	}
	if err := os.RemoveAll(stack.ProjectPath); err != nil {
		return nil, err
	}
	return nil, s.Store.Update(func(st *state.State) error {
		st.Stacks = slices.DeleteFunc(st.Stacks, func(old state.Stack) bool { return old.ID == stack.ID })
		return nil
	})
}
