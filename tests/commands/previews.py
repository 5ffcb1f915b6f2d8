"""Changes as a preview sees them, for tests."""

from phoenix.commands.changes import UNKNOWN, Change, Field


def change(kind: str, name: str, operation: str = "update", **fields: tuple[str, str]) -> Change:
    """Of a resource in the middle of the program; `fields` are what is there and what shall be."""
    urn = f"urn:pulumi:dev::phoenix::phoenix:index:ProxmoxCluster$pulumi-python:dynamic/phoenix:{kind}::{name}"
    return Change(urn, operation, tuple(Field(path, *sides) for path, sides in fields.items()))


MEMORY = change("Lxc", "914-ollama", memory_mb=("32768", "16384"))
LATE = change("Certificate", "certificate-nginx", renew=("expires in 3h (window 12h)", "no"))
EXPIRED = change("Certificate", "certificate-old", renew=("expired", "no"))
FORCED = change("Certificate", "certificate-nginx", renew=("forced", "no"))
COPY = change("CertificateCopy", "copy-nginx-101", fingerprint=("ab12", UNKNOWN))
SECRET = change("DockerSecret", "secret-nginx", fingerprint=("ab12", UNKNOWN))
STACK = change("SwarmStack", "stack-web", compose=("services: {}", UNKNOWN))
