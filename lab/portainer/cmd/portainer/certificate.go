package main

import (
	"crypto/tls"

	"phoenix/lab/portainer/internal/selfsigned"
)

// certificateOf loads the given pair, or makes a self-signed one where none is given, as the real server does.
func certificateOf(o options) (tls.Certificate, error) {
	if o.cert == "" && o.key == "" {
		return selfsigned.New("portainer")
	}
	return tls.LoadX509KeyPair(o.cert, o.key)
}
