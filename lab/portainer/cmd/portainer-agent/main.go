// Command portainer-agent is the lab's small agent: the Docker API of its node, over HTTPS, for whoever knows AGENT_SECRET.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"phoenix/lab/portainer/internal/agent"
	"phoenix/lab/portainer/internal/selfsigned"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	certificate, err := selfsigned.New("portainer-agent")
	if err != nil {
		return err
	}
	node := agent.Node{
		Secret:  os.Getenv("AGENT_SECRET"),
		Cluster: os.Getenv("AGENT_CLUSTER_ADDR"),
		Socket:  setting("DOCKER_SOCKET", "/var/run/docker.sock"),
		Port:    setting("AGENT_PORT", "9001"),
	}
	if node.Secret == "" {
		return errors.New("AGENT_SECRET is not set: nobody could be let in")
	}
	server := &http.Server{
		Addr: setting("AGENT_HOST", "0.0.0.0") + ":" + node.Port, Handler: node.Handler(), ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}},
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServeTLS("", "") }()
	log.Printf("lab portainer agent: https %s, engine %s, cluster %q", server.Addr, node.Socket, node.Cluster)
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	select {
	case err = <-failed:
		return err
	case <-stop.Done():
	}
	last, release := context.WithTimeout(context.Background(), 5*time.Second)
	defer release()
	return server.Shutdown(last)
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
