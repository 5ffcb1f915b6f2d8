// Package state holds what the server remembers: users, API keys, environments and stacks.
package state

// User is an account; the lab has one, the administrator.
type User struct {
	ID           int    `json:"id"`
	Username     string `json:"username"`
	PasswordHash string `json:"passwordHash"`
	Role         int    `json:"role"`
}

// APIKey is a long-lived credential; only its SHA-256 digest is kept.
type APIKey struct {
	ID          int    `json:"id"`
	UserID      int    `json:"userId"`
	Description string `json:"description"`
	Prefix      string `json:"prefix"`
	DateCreated int64  `json:"dateCreated"`
	LastUsed    int64  `json:"lastUsed"`
	Digest      string `json:"digest,omitempty"`
}

// Endpoint kinds, with Portainer's numbers.
const (
	TypeDocker = 1
	TypeAgent  = 2
)

// TLSConfig says how an environment is reached; the files are copies in the data directory.
type TLSConfig struct {
	TLS           bool   `json:"TLS"`
	TLSSkipVerify bool   `json:"TLSSkipVerify"`
	TLSCACert     string `json:"TLSCACert,omitempty"`
	TLSCert       string `json:"TLSCert,omitempty"`
	TLSKey        string `json:"TLSKey,omitempty"`
}

// AgentInfo is what an agent said of itself when its environment was registered.
type AgentInfo struct {
	Version string `json:"Version"`
}

// Endpoint is an environment: a Docker Engine, reached directly or through an agent.
type Endpoint struct {
	ID                 int            `json:"Id"`
	Name               string         `json:"Name"`
	Type               int            `json:"Type"`
	ContainerEngine    string         `json:"ContainerEngine"`
	URL                string         `json:"URL"`
	GroupID            int            `json:"GroupId"`
	PublicURL          string         `json:"PublicURL"`
	TLSConfig          TLSConfig      `json:"TLSConfig"`
	TagIDs             []int          `json:"TagIds"`
	Status             int            `json:"Status"`
	Snapshots          []any          `json:"Snapshots"`
	UserAccessPolicies map[string]any `json:"UserAccessPolicies"`
	TeamAccessPolicies map[string]any `json:"TeamAccessPolicies"`
	Agent              AgentInfo      `json:"Agent"`
}

// Pair is one environment variable of a stack.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Stack is a Swarm stack that this server deployed; its file lies in ProjectPath.
type Stack struct {
	ID           int    `json:"Id"`
	Name         string `json:"Name"`
	Type         int    `json:"Type"`
	EndpointID   int    `json:"EndpointId"`
	SwarmID      string `json:"SwarmId"`
	EntryPoint   string `json:"EntryPoint"`
	Env          []Pair `json:"Env"`
	Status       int    `json:"Status"`
	ProjectPath  string `json:"ProjectPath"`
	CreationDate int64  `json:"CreationDate"`
	CreatedBy    string `json:"CreatedBy"`
	UpdateDate   int64  `json:"UpdateDate"`
	UpdatedBy    string `json:"UpdatedBy"`
	Namespace    string `json:"Namespace"`
}

// State is the whole of it, as it stands in the file.
type State struct {
	InstanceID string     `json:"instanceId"`
	LastKey    int        `json:"lastKeyId"`
	LastEnv    int        `json:"lastEndpointId"`
	LastStack  int        `json:"lastStackId"`
	Users      []User     `json:"users"`
	Keys       []APIKey   `json:"keys"`
	Endpoints  []Endpoint `json:"endpoints"`
	Stacks     []Stack    `json:"stacks"`
}
