"""The extension of a request or certificate that holds its subject alternative names."""

import ipaddress
from collections.abc import Iterable

from cryptography import x509


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


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
