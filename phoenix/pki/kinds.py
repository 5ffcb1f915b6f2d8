"""What a certificate may prove, and what its key is made of."""

from enum import StrEnum


class CertificateKind(StrEnum):
    """What a certificate may be used for: the server's side of TLS, the client's, or both."""

    SERVER = "server"
    CLIENT = "client"
    BOTH = "both"


class KeyType(StrEnum):
    """What a private key is made of."""

    P256 = "p256"
    P384 = "p384"
    RSA2048 = "rsa2048"
    RSA4096 = "rsa4096"
