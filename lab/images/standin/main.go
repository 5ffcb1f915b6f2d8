// Command standin answers in the place of programs that no lab can have: GPU model servers and private images.
//
// It takes the part that its own file name says (ollama, vllm, llama-server, qdrant, thinkheads_ai_app), with that
// program's command line, port and health paths. It loads no model and keeps no data.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
)

// part is one program that is stood in for.
type part struct {
	version string
	// plan reads the command line and environment into what is served; an error is a usage error.
	plan func(args []string) (service, error)
}

// service is what a part serves: the handler on one address, and ports that are open and say nothing.
type service struct {
	address string
	handler http.Handler
	silent  []string
}

func main() {
	args := os.Args[1:]
	name, ok := partOf(filepath.Base(os.Args[0]))
	if !ok {
		exit(2, "this program must be called by one of the names %s", strings.Join(names(), ", "))
	}
	chosen := parts[name]
	if len(args) > 0 && args[0] == "--version" {
		fmt.Printf("%s version is %s (the lab's stand-in)\n", name, chosen.version)
		return
	}
	planned, err := chosen.plan(args)
	if err != nil {
		exit(2, "%s: %v", name, err)
	}
	if err := serve(name, planned); err != nil {
		exit(1, "%s: %v", name, err)
	}
}

// serve runs until SIGTERM or SIGINT.
func serve(name string, s service) error {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	for _, address := range s.silent {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		defer listener.Close()
		go swallow(listener)
	}
	server := &http.Server{Addr: s.address, Handler: s.handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	fmt.Printf("%s (the lab's stand-in) listens on %s\n", name, s.address)
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	last, release := context.WithTimeout(context.Background(), 3*time.Second)
	defer release()
	return server.Shutdown(last)
}

// swallow accepts connections and closes them, so that a port check succeeds.
func swallow(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			connection.Close()
		}
	}
}

// partOf finds the part for a file name such as `ollama` or `ollama-0.12.11`.
func partOf(file string) (string, bool) {
	for name := range parts {
		if file == name || strings.HasPrefix(file, name+"-") {
			return name, true
		}
	}
	return "", false
}

func names() []string {
	all := make([]string, 0, len(parts))
	for name := range parts {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

func exit(code int, format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(code)
}
