package engine

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"phoenix/lab/portainer/internal/state"
)

const (
	deployTimeout = 3 * time.Minute
	// Project is the name of a stack's compose file within its directory.
	Project = "docker-compose.yml"
)

// CLI is the docker command that deploys; the real server works the same way.
type CLI struct {
	Program string
	Dir     string // holds the CLI's configuration and short-lived sockets
}

// Deploy runs `docker stack deploy`; an error is what the CLI said.
func (c CLI) Deploy(e Engine, name, file string, env []state.Pair, prune, pull bool) error {
	resolve := "--resolve-image=never"
	if pull {
		resolve = "--resolve-image=always"
	}
	args := []string{"stack", "deploy", "--with-registry-auth", resolve, "--compose-file", file}
	if prune {
		args = append(args, "--prune")
	}
	return c.run(e, env, append(args, name)...)
}

// Remove runs `docker stack rm`.
func (c CLI) Remove(e Engine, name string) error { return c.run(e, nil, "stack", "rm", name) }

// run lets the CLI speak to a private socket behind which stands the environment, whatever the way to it.
func (c CLI) run(e Engine, env []state.Pair, args ...string) error {
	dir, err := os.MkdirTemp(c.Dir, "run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "docker.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	proxy := e.Proxy()
	server := &http.Server{
		ReadHeaderTimeout: dialTimeout,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set(ManagerOnly, "1")
			proxy.ServeHTTP(w, r)
		}),
	}
	go server.Serve(listener)
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), deployTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, c.Program, append([]string{"--config", dir, "--host", "unix://" + socket}, args...)...)
	command.WaitDelay = time.Second
	command.Env = os.Environ()
	for _, pair := range env {
		command.Env = append(command.Env, pair.Name+"="+pair.Value)
	}
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err != nil {
		if said.Len() > 0 {
			return errors.New(said.String())
		}
		return err
	}
	return nil
}
