"""What every model shares: frozen, unknown keys refused, and the small value types of the vocabulary."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


class Model(BaseModel):
    """Base of the vocabulary: immutable, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _absolute(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("a path must be absolute")
    for part in value.rstrip("/").split("/")[1:]:
        if part in ("", ".", ".."):
            raise ValueError(f"a path must not contain '{part or '//'}'")
    return value.rstrip("/") or "/"


def _private(value: str) -> str:
    if not value.endswith("0"):
        raise ValueError("a private key is not for everybody: the last digit is 0")
    return value


def _no_number(value: Any) -> Any:
    if isinstance(value, int):
        raise ValueError("an address is written as text, as in 10.0.0.10")
    return value


def _inside_a_network(value: IPv4Interface) -> IPv4Interface:
    if value.network.prefixlen > 30:
        raise ValueError("an address needs its network's prefix, as in 10.0.0.10/24")
    return value


AbsolutePath = Annotated[
    str, StringConstraints(pattern=r"^/[^\x00-\x1f,]*$", max_length=4096), AfterValidator(_absolute)
]
FilePath = Annotated[str, StringConstraints(pattern=r"^/[^\s,]*[^\s,/]$", max_length=4096), AfterValidator(_absolute)]
"""Of a file: it does not end like a directory."""

Address = Annotated[IPv4Address, BeforeValidator(_no_number)]
Subnet = Annotated[IPv4Network, BeforeValidator(_no_number)]
"""A network, `10.0.0.0/24`; one address alone is a /32."""

HostAddress = Annotated[IPv4Interface, BeforeValidator(_no_number), AfterValidator(_inside_a_network)]
"""An address with its network's prefix: `10.0.0.10/24`."""

Bool = Annotated[bool, Field(strict=True)]
PositiveInt = Annotated[int, Field(strict=True, gt=0)]
NaturalInt = Annotated[int, Field(strict=True, ge=0)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Vmid = Annotated[int, Field(strict=True, ge=100, le=999_999_999)]
"""Proxmox keeps everything under 100 for itself."""

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""One label of a DNS name (RFC 1123)."""

HostName = Annotated[str, StringConstraints(pattern=rf"^{LABEL}(?:\.{LABEL})*$", max_length=253)]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
"""A name of ours: a stack, a certificate, a Docker secret, a network."""

SettingKey = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9]*$")]
"""A key of the stack's configuration, without its namespace: `agentSecret`."""

FileMode = Annotated[str, StringConstraints(pattern=r"^0[0-7]{3}$")]
"""An octal mode in quotes: `"0640"`."""

KeyMode = Annotated[FileMode, AfterValidator(_private)]
"""A private key's mode: `"0600"`, or `"0640"` where a group reads it."""

Owner = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$")]
"""User and group, `root:www-data`."""

Argument = Annotated[str, StringConstraints(min_length=1)]
