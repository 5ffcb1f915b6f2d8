// Package api is the part of Portainer's HTTP API that the lab's guests and tests call, with its status codes and bodies.
package api

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"phoenix/lab/portainer/internal/engine"
	"phoenix/lab/portainer/internal/state"
	"phoenix/lab/portainer/internal/token"
)

// Version that the server reports: the Portainer release whose behaviour it follows.
const Version = "2.23.0"

// initWindow is how long a server without an administrator may be claimed.
const initWindow = 5 * time.Minute

// Server answers the API from its store.
type Server struct {
	Store       *state.Store
	Signer      *token.Signer
	CLI         engine.CLI
	Assets      string
	AgentSecret string
	Started     time.Time

	deploying sync.Mutex // one change of stacks at a time keeps names unique
}

// Handler gives the whole site: the API, and the files of the assets' public folder.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(filepath.Join(s.Assets, "public"))))
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "404 page not found", http.StatusNotFound)
	})
	public := func(pattern string, h handler) { mux.Handle(pattern, answer(h)) }
	private := func(pattern string, h handler) { mux.Handle(pattern, answer(s.authenticated(h))) }

	public("GET /api/status", s.systemStatus)
	public("GET /api/system/status", s.systemStatus)
	public("GET /api/users/admin/check", s.adminCheck)
	public("POST /api/users/admin/init", s.adminInit)
	public("POST /api/auth", s.authenticate)

	private("GET /api/users/{id}/tokens", s.tokenList)
	private("POST /api/users/{id}/tokens", s.tokenCreate)
	private("DELETE /api/users/{id}/tokens/{key}", s.tokenDelete)

	private("GET /api/endpoints", s.endpointList)
	private("POST /api/endpoints", s.endpointCreate)
	private("GET /api/endpoints/{id}", s.endpointGet)
	private("PUT /api/endpoints/{id}", s.endpointUpdate)
	private("DELETE /api/endpoints/{id}", s.endpointDelete)
	private("/api/endpoints/{id}/docker/{path...}", s.endpointProxy)

	private("GET /api/stacks", s.stackList)
	private("POST /api/stacks/create/swarm/string", s.stackCreate)
	private("GET /api/stacks/{id}", s.stackGet)
	private("GET /api/stacks/{id}/file", s.stackFile)
	private("PUT /api/stacks/{id}", s.stackUpdate)
	private("DELETE /api/stacks/{id}", s.stackDelete)
	return s.claimed(noCookieWrites(mux))
}

// claimed answers 303 to everything but the status once the time to create an administrator has passed.
func (s *Server) claimed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		late := time.Since(s.Started) > initWindow && len(s.Store.View().Users) == 0
		if late && strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasSuffix(r.URL.Path, "/status") {
			w.Header().Set("Redirect-Reason", "AdminInitTimeout")
			http.Redirect(w, r, "/timeout.html", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// noCookieWrites refuses a change that carries the session cookie without a CSRF token, which this server never gives out.
func noCookieWrites(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie(sessionCookie)
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		default:
			if err == nil {
				http.Error(w, "Forbidden - CSRF token not found in request", http.StatusForbidden)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) systemStatus(_ http.ResponseWriter, _ *http.Request) (any, error) {
	return map[string]string{"Version": Version, "InstanceID": s.Store.View().InstanceID}, nil
}
