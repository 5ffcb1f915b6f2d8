package main

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
)

// Versions that the parts say they have.
const (
	ollamaVersion = "0.12.11"
	vllmVersion   = "0.10.2"
	llamaVersion  = "7054"
	qdrantVersion = "1.15.5"
)

var parts = map[string]part{
	"ollama":            {ollamaVersion, ollama},
	"vllm":              {vllmVersion, vllm},
	"llama-server":      {llamaVersion, llamaServer},
	"qdrant":            {qdrantVersion, qdrant},
	"thinkheads_ai_app": {"latest", application},
}

var errServe = errors.New("only `serve` and `--version` are stood in for")

func ollama(args []string) (service, error) {
	if len(args) == 0 || args[0] != "serve" {
		return service{}, errServe
	}
	address := environment("OLLAMA_HOST", "0.0.0.0:11434")
	if !strings.Contains(address, ":") {
		address = net.JoinHostPort(address, "11434")
	}
	return service{address: address, handler: routes(map[string]any{
		"GET /{$}":         text("Ollama is running"),
		"GET /api/tags":    map[string]any{"models": []any{}},
		"GET /api/version": map[string]any{"version": ollamaVersion},
	})}, nil
}

func vllm(args []string) (service, error) {
	if len(args) < 2 || args[0] != "serve" {
		return service{}, errServe
	}
	given := flags(args[1:])
	model := args[1]
	if name := given["model"]; strings.HasPrefix(model, "-") && name != "" {
		model = name
	}
	if served := given["served-model-name"]; served != "" {
		model = served
	}
	return service{address: address(given, "0.0.0.0", "8000"), handler: routes(map[string]any{
		"GET /health":    text(""),
		"GET /version":   map[string]any{"version": vllmVersion},
		"GET /v1/models": models(model),
	})}, nil
}

func llamaServer(args []string) (service, error) {
	given := flags(args)
	model := given["model"] + given["m"] + given["hf-repo"]
	return service{address: address(given, "127.0.0.1", "8080"), handler: routes(map[string]any{
		"GET /health":    map[string]any{"status": "ok"},
		"GET /v1/models": models(model),
	})}, nil
}

func qdrant(_ []string) (service, error) {
	return service{address: ":6333", silent: []string{":6334"}, handler: routes(map[string]any{
		"GET /{$}":         map[string]any{"title": "qdrant - vector search engine", "version": qdrantVersion},
		"GET /healthz":     text("healthz check passed"),
		"GET /readyz":      text("all shards are ready"),
		"GET /collections": map[string]any{"result": map[string]any{"collections": []any{}}, "status": "ok"},
	})}, nil
}

func application(_ []string) (service, error) {
	return service{address: ":" + environment("API_PORT", "8000"), handler: routes(map[string]any{
		"GET /{$}":    map[string]any{"name": "thinkheads_ai_app", "status": "ok"},
		"GET /health": map[string]any{"status": "ok"},
	})}, nil
}

type text string

// routes serves texts as they are and everything else as JSON.
func routes(answers map[string]any) http.Handler {
	mux := http.NewServeMux()
	for pattern, answer := range answers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			if plain, ok := answer.(text); ok {
				w.Write([]byte(plain))
				return
			}
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(answer)
		})
	}
	return mux
}

func models(name string) map[string]any {
	return map[string]any{"object": "list", "data": []any{map[string]any{"id": name, "object": "model"}}}
}

// flags reads `--name value`, `--name=value` and `-n value`; names without a value are left out.
func flags(args []string) map[string]string {
	found := map[string]string{}
	for i, argument := range args {
		name := strings.TrimLeft(argument, "-")
		if name == argument {
			continue
		}
		if key, value, ok := strings.Cut(name, "="); ok {
			found[key] = value
		} else if i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			found[name] = args[i+1]
		}
	}
	return found
}

func address(given map[string]string, host, port string) string {
	if given["host"] != "" {
		host = given["host"]
	}
	if given["port"] != "" {
		port = given["port"]
	}
	return net.JoinHostPort(host, port)
}

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
