package state

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// ErrNotFound is what Portainer says of anything that its database lacks.
var ErrNotFound = errors.New("object not found inside the database")

// Store keeps the state in one file of the data directory and writes it whole, beside and renamed.
type Store struct {
	mu   sync.Mutex
	dir  string
	path string
	now  State
}

// Open reads the state of a data directory, or starts an empty one with an instance id of its own.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "compose"), 0o700); err != nil {
		return nil, err
	}
	s := &Store{dir: dir, path: filepath.Join(dir, "portainer.json")}
	raw, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		id, err := newUUID()
		if err != nil {
			return nil, err
		}
		return s, s.Update(func(st *State) error { st.InstanceID = id; return nil })
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &s.now); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	return s, nil
}

// Dir is the data directory.
func (s *Store) Dir() string { return s.dir }

// View gives a copy of the state; its lists are the caller's.
func (s *Store) View() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copy()
}

// Update changes the state and writes it; an error of change or of the file system leaves it as it was.
func (s *Store) Update(change func(*State) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.copy()
	if err := change(&next); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(next, "", " ")
	if err != nil {
		return err
	}
	if err := WriteFile(s.path, raw); err != nil {
		return err
	}
	s.now = next
	return nil
}

func (s *Store) copy() State {
	st := s.now
	st.Users, st.Keys = slices.Clone(st.Users), slices.Clone(st.Keys)
	st.Endpoints, st.Stacks = slices.Clone(st.Endpoints), slices.Clone(st.Stacks)
	return st
}

// WriteFile puts a file in place in one step, readable by its owner only.
func WriteFile(path string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Endpoint finds an environment by its id.
func (st State) Endpoint(id int) (Endpoint, error) {
	i := slices.IndexFunc(st.Endpoints, func(e Endpoint) bool { return e.ID == id })
	if i < 0 {
		return Endpoint{}, fmt.Errorf("%w (bucket=endpoints, key=%d)", ErrNotFound, id)
	}
	return st.Endpoints[i], nil
}

// Stack finds a stack by its id.
func (st State) Stack(id int) (Stack, error) {
	i := slices.IndexFunc(st.Stacks, func(s Stack) bool { return s.ID == id })
	if i < 0 {
		return Stack{}, fmt.Errorf("%w (bucket=stacks, key=%d)", ErrNotFound, id)
	}
	return st.Stacks[i], nil
}

func newUUID() (string, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
