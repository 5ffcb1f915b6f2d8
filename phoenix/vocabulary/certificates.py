"""What is said of a certificate: for whom it is, and what its file holds."""

import ipaddress
import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from phoenix.vocabulary.names import LABEL

_DNS = re.compile(rf"(?:\*\.)?{LABEL}(?:\.{LABEL})*")


def canonical(name: str) -> str:
    """`name` in lower case, an IP address in its shortest form; ValueError when it is neither IP nor DNS name.

    A DNS name has the labels of RFC 1123; a wildcard is only ever the whole first one.
    """
    # no certificate can carry the zone of an IPv6 address (`fe80::1%eth0`), and no DNS name has its sign
    if "%" not in name:
        try:
            return str(ipaddress.ip_address(name))
        except ValueError:
            pass
    # a last label of digits only is a mistyped address
    if len(name) > 253 or not _DNS.fullmatch(name) or name.rsplit(".", 1)[-1].isdigit():
        raise ValueError("a subject alternative name is a DNS name, *.<DNS name> or an IP address")
    return name.lower()


def _fits_a_subject(value: str) -> str:
    if len(value) > 64:
        raise ValueError("a common name has at most 64 characters (RFC 5280); a longer name can be one of the sans")
    return value


SubjectName = Annotated[str, AfterValidator(canonical)]
"""A DNS name, `*.<DNS name>` or an IP address, in its canonical spelling."""

CommonName = Annotated[SubjectName, AfterValidator(_fits_a_subject)]


class Bundle(StrEnum):
    """What the certificate's file holds: the leaf alone, with its intermediate, or with the root as well."""

    LEAF = "leaf"
    CHAIN = "chain"
    FULL = "full"
