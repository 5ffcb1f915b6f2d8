// Command portainer is the lab's small server with Portainer's API, for machines that have no real one.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"phoenix/lab/portainer/internal/api"
	"phoenix/lab/portainer/internal/engine"
	"phoenix/lab/portainer/internal/password"
	"phoenix/lab/portainer/internal/state"
	"phoenix/lab/portainer/internal/token"
)

type options struct {
	data, assets, bind, bindHTTPS, cert, key, adminPasswordFile string
	plainOff                                                    bool
}

// parse reads the real server's flags; those that change nothing here are accepted and ignored.
func parse() options {
	var o options
	flag.StringVar(&o.data, "data", "/data", "folder of the state")
	flag.StringVar(&o.assets, "assets", "/", "folder with docker and public/")
	flag.StringVar(&o.bind, "bind", ":9000", "address of HTTP")
	flag.StringVar(&o.bindHTTPS, "bind-https", ":9443", "address of HTTPS")
	flag.StringVar(&o.cert, "sslcert", "", "certificate of HTTPS")
	flag.StringVar(&o.key, "sslkey", "", "key of HTTPS")
	flag.StringVar(&o.adminPasswordFile, "admin-password-file", "", "file with the administrator's first password")
	flag.BoolVar(&o.plainOff, "http-disabled", false, "serve HTTPS only")
	for _, name := range []string{
		"tunnel-addr", "tunnel-port", "log-level", "log-mode", "snapshot-interval", "H", "host", "tlscacert", "tlscert", "tlskey",
	} {
		flag.String(name, "", "accepted, changes nothing")
	}
	for _, name := range []string{"no-analytics", "tlsverify", "tlsskipverify", "http-enabled"} {
		flag.Bool(name, false, "accepted, changes nothing")
	}
	flag.Parse()
	return o
}

func main() {
	if err := run(parse()); err != nil {
		log.Fatal(err)
	}
}

func run(o options) error {
	server, err := build(o)
	if err != nil {
		return err
	}
	certificate, err := certificateOf(o)
	if err != nil {
		return err
	}
	handler := server.Handler()
	secure := &http.Server{
		Addr: o.bindHTTPS, Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}},
		// The real server speaks HTTP/1.1 only.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	failed := make(chan error, 2)
	go func() { failed <- secure.ListenAndServeTLS("", "") }()
	plain := &http.Server{Addr: o.bind, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	if !o.plainOff {
		go func() { failed <- plain.ListenAndServe() }()
	}
	log.Printf("lab portainer %s: https %s, http %s, data %s", api.Version, o.bindHTTPS, o.bind, o.data)

	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	select {
	case err = <-failed:
	case <-stop.Done():
		err = nil
	}
	last, release := context.WithTimeout(context.Background(), 5*time.Second)
	defer release()
	return errors.Join(err, secure.Shutdown(last), plain.Shutdown(last))
}

func build(o options) (*api.Server, error) {
	data, err := filepath.Abs(o.data)
	if err != nil {
		return nil, err
	}
	store, err := state.Open(data)
	if err != nil {
		return nil, err
	}
	signer, err := token.NewSigner()
	if err != nil {
		return nil, err
	}
	program := filepath.Join(o.assets, "docker")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("docker"); err != nil {
			return nil, fmt.Errorf("no docker command in %s or on PATH: stacks could not be deployed", o.assets)
		}
	}
	server := &api.Server{
		Store: store, Signer: signer, CLI: engine.CLI{Program: program, Dir: data}, Assets: o.assets,
		AgentSecret: os.Getenv("AGENT_SECRET"), Started: time.Now(),
	}
	if o.adminPasswordFile == "" || len(store.View().Users) > 0 {
		return server, nil
	}
	raw, err := os.ReadFile(o.adminPasswordFile)
	if err != nil {
		return nil, fmt.Errorf("admin password file: %w", err)
	}
	hash, err := password.Hash(strings.TrimRight(string(raw), "\n"))
	if err != nil {
		return nil, err
	}
	return server, server.CreateAdmin("admin", hash)
}
