// Package agent serves a node's Docker API to the server, and to the other agents of the Swarm.
package agent

import (
	"encoding/json"
	"net/http"
	"regexp"
	"time"

	"phoenix/lab/portainer/internal/agentauth"
	"phoenix/lab/portainer/internal/engine"
)

const (
	version = "2.23.0"
	// forwarded marks a request that another agent passed on, so that none goes in circles.
	forwarded = "X-Lab-Agent-Forwarded"
)

// swarmPaths are the parts of the Docker API that only a manager answers.
var swarmPaths = regexp.MustCompile(`^(/v[0-9.]+)?/(swarm|nodes|services|tasks|secrets|configs)(/|$)`)

// Node is one agent and its engine.
type Node struct {
	Secret  string // AGENT_SECRET, shared with the server
	Cluster string // a name that resolves to every agent; empty: this node only
	Socket  string // of the Docker Engine
	Port    string // on which all agents listen
}

// Handler answers /ping to everyone and the Docker API to signed requests.
func (n Node) Handler() http.Handler {
	local := engine.Local(n.Socket)
	managers := &managers{node: n, local: local}
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if err := agentauth.Verify(r, n.Secret, time.Now()); err != nil {
			refuse(w, err)
			return
		}
		target := local
		needsManager := r.Header.Get(engine.ManagerOnly) != "" || swarmPaths.MatchString(r.URL.Path)
		if needsManager && r.Header.Get(forwarded) == "" {
			target = managers.find()
			r.Header.Set(forwarded, "1")
		}
		target.Proxy().ServeHTTP(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Portainer-Agent", version)
		w.Header().Set("Portainer-Agent-Api-Version", "2")
		w.Header().Set("Portainer-Agent-Platform", "1")
		mux.ServeHTTP(w, r)
	})
}

func refuse(w http.ResponseWriter, cause error) {
	message := "Invalid request signature"
	if cause == agentauth.ErrMissing {
		message = "Missing request signature headers"
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	json.NewEncoder(w).Encode(map[string]string{"message": message, "details": "Unauthorized"})
}
