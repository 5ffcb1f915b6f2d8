// Package password stores passwords as PBKDF2 hashes (the standard library has no bcrypt).
package password

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	rounds  = 100_000
	scheme  = "pbkdf2-sha256"
	saltLen = 16
	keyLen  = 32
)

// MinLength is Portainer's default lower limit, in characters.
const MinLength = 12

// Hash gives `scheme$salt$key`, both parts in base64.
func Hash(plain string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	key, err := pbkdf2.Key(sha256.New, plain, salt, rounds, keyLen)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("%s$%s$%s", scheme, enc(salt), enc(key)), nil
}

// Matches says whether a password belongs to a hash; a malformed hash belongs to none.
func Matches(hash, plain string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 3 || parts[0] != scheme {
		return false
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[1])
	want, errKey := base64.RawStdEncoding.DecodeString(parts[2])
	if errSalt != nil || errKey != nil {
		return false
	}
	key, err := pbkdf2.Key(sha256.New, plain, salt, rounds, keyLen)
	return err == nil && subtle.ConstantTimeCompare(key, want) == 1
}
