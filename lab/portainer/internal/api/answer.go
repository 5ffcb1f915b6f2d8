package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"phoenix/lab/portainer/internal/state"
)

// handler answers with a value for JSON (nil: 204; done: the handler wrote the answer itself) or a failure.
type handler func(http.ResponseWriter, *http.Request) (any, error)

type written struct{}

var done any = written{}

type created struct{ body any }

// failure is an error with the status and the message that Portainer gives it.
type failure struct {
	status  int
	message string
	cause   error
}

func (f failure) Error() string { return f.message + ": " + f.cause.Error() }

func fail(status int, message string, cause error) error { return failure{status, message, cause} }

// says is the failure whose message and details are the same.
func says(status int, message string) error { return fail(status, message, errors.New(message)) }

// missing is 404 where the database lacks the object and 500 for any other cause.
func missing(message string, cause error) error {
	if errors.Is(cause, state.ErrNotFound) {
		return fail(http.StatusNotFound, message, cause)
	}
	return fail(http.StatusInternalServerError, message, cause)
}

func badPayload(details string) error {
	return fail(http.StatusBadRequest, "Invalid request payload", errors.New(details))
}

func answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := h(w, r)
		status := http.StatusOK
		switch value := body.(type) {
		case written:
			return
		case created:
			status, body = http.StatusCreated, value.body
		}
		if err != nil {
			var f failure
			if !errors.As(err, &f) {
				f = failure{http.StatusInternalServerError, "Internal server error", err}
			}
			status = f.status
			body = map[string]string{"message": f.message, "details": capital(f.cause.Error())}
		}
		if body == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(body)
	})
}

func capital(text string) string {
	for i, first := range text {
		if i == 0 {
			return string(unicode.ToUpper(first)) + strings.TrimPrefix(text, string(first))
		}
	}
	return text
}

// decode reads a JSON body of at most a mebibyte.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(into); err != nil {
		return badPayload(err.Error())
	}
	return nil
}

// routeID is the number in a path variable.
func routeID(r *http.Request, variable, of string) (int, error) {
	id, err := strconv.Atoi(r.PathValue(variable))
	if err != nil {
		return 0, fail(http.StatusBadRequest, "Invalid "+of+" identifier route variable", err)
	}
	return id, nil
}
