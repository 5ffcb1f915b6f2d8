"""Addresses and interfaces."""

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints


def _no_number(value: Any) -> Any:
    if isinstance(value, int):
        raise ValueError("an address is written as text, as in 10.0.0.10")
    return value


def _inside_a_network(value: IPv4Interface) -> IPv4Interface:
    if value.network.prefixlen > 30:
        raise ValueError("an address needs its network's prefix, as in 10.0.0.10/24")
    return value


Address = Annotated[IPv4Address, BeforeValidator(_no_number)]
Subnet = Annotated[IPv4Network, BeforeValidator(_no_number)]
"""A network, `10.0.0.0/24`; one address alone is a /32."""

_NAME = re.compile(r"(?:\+(?:dc/)?[a-z][a-z0-9_-]{1,63}|(?:dc/)?[A-Za-z][A-Za-z0-9_-]{1,63})")


def _of_a_rule(value: Any) -> Any:
    if not isinstance(value, str):
        return _no_number(value)
    if _NAME.fullmatch(value):
        return value
    try:
        return ip_network(value)
    except ValueError as error:
        allowed = "a network (10.0.0.0/24, 2001:db8::/64), an alias (office), or an IP set in lower case (+office)"
        raise ValueError(f"{error}; {allowed}" if value[:1].isdecimal() else allowed) from None


RuleAddress = Annotated[IPv4Network | IPv6Network | str, BeforeValidator(_of_a_rule)]
"""Where a firewall rule's packets come from or go to: a network, or the name of an alias or `+set` of Proxmox."""

HostAddress = Annotated[IPv4Interface, BeforeValidator(_no_number), AfterValidator(_inside_a_network)]
"""An address with its network's prefix: `10.0.0.10/24`."""

InterfaceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,14}$")]
"""A bridge or card of the node, `vmbr0`."""

MacAddress = Annotated[str, StringConstraints(pattern=r"^(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")]

NodeAddress = Annotated[str, StringConstraints(pattern=r"^[^\s:]+(:[1-9][0-9]{0,4})?$")]
"""Where a node answers, `10.0.0.13`; with `:PORT` its SSH has another port than 22."""

SSH_PORT = 22


def is_address(text: str) -> bool:
    """Whether it is an address, IPv4 or IPv6."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_ipv4(text: str) -> bool:
    """Whether it is an IPv4 address."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def node_address(address: str, ssh_port: int) -> str:
    """The NodeAddress of an address and the port of its SSH."""
    return address if ssh_port == SSH_PORT else f"{address}:{ssh_port}"


def split_node(node: str) -> tuple[str, int]:
    """Address and SSH port of a NodeAddress."""
    address, _, port = node.partition(":")
    return address, int(port or SSH_PORT)
