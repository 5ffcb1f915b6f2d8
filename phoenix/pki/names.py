"""Subject alternative names: DNS names, wildcards and IP addresses, in one spelling."""

import ipaddress
import re
from collections.abc import Iterable

from cryptography import x509

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_DNS = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")


def canonical(name: str) -> str:
    """`name` in lower case, an IP address in its shortest form; ValueError when it is neither IP nor DNS name."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    lowered = name.lower()
    # a last label of digits only would be a mistyped IP address, never a host
    if len(lowered) > 253 or not _DNS.fullmatch(lowered) or lowered.rsplit(".", 1)[-1].isdigit():
        raise ValueError(f"{name!r} is neither a DNS name, a wildcard (*.domain) nor an IP address")
    return lowered


def all_names(common_name: str, sans: Iterable[str]) -> frozenset[str]:
    """Every name that a certificate must carry: the common name is always among them."""
    return frozenset(canonical(name) for name in (common_name, *sans))


def general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """The names by their type, sorted, as a request carries them."""
    return [_general(name) for name in sorted(names)]


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """The DNS names and IP addresses among a certificate's SANs, in canonical spelling; empty without any."""
    try:
        sans = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = {str(address) for address in sans.get_values_for_type(x509.IPAddress)}
    return frozenset({name.lower() for name in sans.get_values_for_type(x509.DNSName)} | addresses)


def difference(wanted: frozenset[str], found: frozenset[str]) -> str:
    """`+ a, - b`: what is missing in `found` and what is too much; empty when they agree."""
    missing = [f"+ {name}" for name in sorted(wanted - found)]
    return ", ".join([*missing, *(f"- {name}" for name in sorted(found - wanted))])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
