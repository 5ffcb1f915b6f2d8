package api

import (
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"phoenix/lab/portainer/internal/state"
)

// tlsFiles reads an environment's TLS settings from the form and keeps its uploaded files in the data directory.
func (s *Server) tlsFiles(r *http.Request, name string) (state.TLSConfig, error) {
	config := state.TLSConfig{TLS: true, TLSSkipVerify: r.FormValue("TLSSkipVerify") == "true"}
	dir := filepath.Join(s.Store.Dir(), "tls", hex.EncodeToString([]byte(name)))
	keep := func(field string) (string, error) {
		file, _, err := r.FormFile(field)
		if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
			return "", badPayload("invalid " + field + ": the file is missing")
		}
		if err != nil {
			return "", err
		}
		defer file.Close()
		raw, err := io.ReadAll(io.LimitReader(file, 1<<20))
		if err != nil {
			return "", err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
		path := filepath.Join(dir, field)
		return path, state.WriteFile(path, raw)
	}
	var errCA, errCert, errKey error
	if !config.TLSSkipVerify {
		config.TLSCACert, errCA = keep("TLSCACertFile")
	}
	if r.FormValue("TLSSkipClientVerify") != "true" {
		config.TLSCert, errCert = keep("TLSCertFile")
		config.TLSKey, errKey = keep("TLSKeyFile")
	}
	return config, errors.Join(errCA, errCert, errKey)
}
