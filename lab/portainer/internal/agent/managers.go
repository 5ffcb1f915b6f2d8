package agent

import (
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"time"

	"phoenix/lab/portainer/internal/engine"
	"phoenix/lab/portainer/internal/state"
)

// remember is how long a manager that was found is used without another look.
const remember = 10 * time.Second

// managers finds an agent whose node is a Swarm manager, this one first.
type managers struct {
	node  Node
	local engine.Engine

	mu    sync.Mutex
	found engine.Engine
	until time.Time
}

// find gives the way to a manager; where there is none it is the local engine, whose own refusal is the best answer.
func (m *managers) find() engine.Engine {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Now().Before(m.until) {
		return m.found
	}
	found, ok := m.search()
	if ok {
		m.found, m.until = found, time.Now().Add(remember)
	}
	return found
}

func (m *managers) search() (engine.Engine, bool) {
	if isManager(m.local) {
		return m.local, true
	}
	if m.node.Cluster == "" {
		return m.local, false
	}
	addresses, err := net.LookupHost(m.node.Cluster)
	if err != nil {
		return m.local, false
	}
	for _, address := range addresses {
		// Agents' certificates are their own; the signature is what proves the caller.
		peer := state.Endpoint{
			Type: state.TypeAgent, URL: "tcp://" + net.JoinHostPort(address, m.node.Port),
			TLSConfig: state.TLSConfig{TLS: true, TLSSkipVerify: true},
		}
		way, err := engine.For(peer, m.node.Secret)
		if err == nil && isManager(way) {
			return way, true
		}
	}
	return m.local, false
}

func isManager(way engine.Engine) bool {
	answer, err := way.Get("/info")
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	var info struct {
		Swarm struct{ ControlAvailable bool }
	}
	return answer.StatusCode == http.StatusOK && json.NewDecoder(answer.Body).Decode(&info) == nil && info.Swarm.ControlAvailable
}
