"""TLS that trusts what is pinned and nothing else, alike on every Python.

Python 3.13 refuses a root without `keyUsage` (https://docs.python.org/3/library/ssl.html#ssl.VERIFY_X509_STRICT), and
that is what Proxmox made for its clusters for years. A pinned root is trusted by itself: RFC 5280, 6.1, takes of it the
name and the key alone.
"""

import ssl
from typing import Any

from requests.adapters import HTTPAdapter


def context() -> ssl.SSLContext:
    """A client's: certificates and host names are verified, against nothing until a root is loaded."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


class PinnedAdapter(HTTPAdapter):
    """For a session whose `verify` names the file of its root."""

    def init_poolmanager(self, *args: Any, **given: Any) -> None:
        super().init_poolmanager(*args, **given, ssl_context=context())
