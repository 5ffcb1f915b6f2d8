// Package engine reaches the Docker Engine of an environment and lets the docker CLI deploy stacks there.
package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"time"

	"phoenix/lab/portainer/internal/agentauth"
	"phoenix/lab/portainer/internal/state"
)

// ManagerOnly asks an agent to pass the request to the agent of a Swarm manager; the name is the real agent's.
const ManagerOnly = "X-PortainerAgent-ManagerOperation"

const dialTimeout = 10 * time.Second

// Engine is the Docker API of one environment.
type Engine struct {
	Base      *url.URL
	Transport http.RoundTripper
}

// For gives the way to an environment's engine; secret is the AGENT_SECRET.
func For(e state.Endpoint, secret string) (Engine, error) {
	if socket, ok := strings.CutPrefix(e.URL, "unix://"); ok {
		return Local(socket), nil
	}
	address := e.URL
	if _, rest, ok := strings.Cut(e.URL, "://"); ok {
		address = rest
	}
	scheme := "http"
	// The transport lives for one request or one deployment: idle connections would outlive their use.
	transport := &http.Transport{
		DialContext: dialer().DialContext, ResponseHeaderTimeout: time.Minute, DisableKeepAlives: true,
	}
	if e.TLSConfig.TLS || e.Type == state.TypeAgent {
		scheme = "https"
		config, err := tlsConfig(e.TLSConfig)
		if err != nil {
			return Engine{}, err
		}
		transport.TLSClientConfig = config
	}
	engine := Engine{Base: &url.URL{Scheme: scheme, Host: address}, Transport: transport}
	if e.Type == state.TypeAgent {
		engine.Transport = agentauth.Transport{Base: transport, Secret: secret}
	}
	return engine, nil
}

// Local gives the way to an engine behind a unix socket.
func Local(socket string) Engine {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer().DialContext(ctx, "unix", socket)
	}
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	return Engine{Base: &url.URL{Scheme: "http", Host: "docker"}, Transport: transport}
}

// Get asks the engine for a path (with its query) within ten seconds.
func (e Engine) Get(path string) (*http.Response, error) {
	target, err := e.Base.Parse(path)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: e.Transport, Timeout: dialTimeout}
	return client.Get(target.String())
}

// Proxy forwards requests to the engine; where it cannot be reached the answer is 502 with an empty body.
func (e Engine) Proxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport:     e.Transport,
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(e.Base)
			for _, credential := range []string{"Authorization", "Cookie", "X-Api-Key"} {
				r.Out.Header.Del(credential)
			}
		},
	}
}

func dialer() *net.Dialer { return &net.Dialer{Timeout: dialTimeout} }

func tlsConfig(c state.TLSConfig) (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: c.TLSSkipVerify}
	if c.TLSCACert != "" {
		pem, err := os.ReadFile(c.TLSCACert)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: %w", c.TLSCACert, errors.New("no certificate in the file"))
		}
	}
	if c.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
