"""Subject alternative names: DNS names, wildcards and IP addresses, in one spelling."""

import ipaddress
import re
from collections.abc import Iterable

from phoenix.vocabulary.names import LABEL

_DNS = re.compile(rf"(?:\*\.)?{LABEL}(?:\.{LABEL})*")


def canonical(name: str) -> str:
    """`name` in lower case, an IP address in its shortest form; ValueError when it is neither IP nor DNS name.

    A DNS name has the labels of RFC 1123; a wildcard is only ever the whole first one.
    """
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    # a last label of digits only is a mistyped address
    if len(name) > 253 or not _DNS.fullmatch(name) or name.rsplit(".", 1)[-1].isdigit():
        raise ValueError("a subject alternative name is a DNS name, *.<DNS name> or an IP address")
    return name.lower()


def all_names(common_name: str, sans: Iterable[str]) -> frozenset[str]:
    """Every name that a certificate must carry: the common name is always among them."""
    return frozenset(canonical(name) for name in (common_name, *sans))


def difference(wanted: frozenset[str], found: frozenset[str]) -> str:
    """`+ a, - b`: what is missing in `found` and what is too much; empty when they agree."""
    missing = [f"+ {name}" for name in sorted(wanted - found)]
    return ", ".join([*missing, *(f"- {name}" for name in sorted(found - wanted))])
