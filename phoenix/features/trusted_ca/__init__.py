"""The internal root CA in the guest's trust store, read from the node where the CA guest made it."""

import shlex
from collections.abc import Mapping

from phoenix.features.feature import Feature, Given, Options
from phoenix.features.part import File, Packages, Part, Script

STORE = "/usr/local/share/ca-certificates"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


class TrustOptions(Options):
    """`root` is the path of the root's PEM on the node; `name` the file's name in the store, without .crt."""

    root: str
    name: str = "phoenix_root_ca"


def in_bundle(pem: str) -> str:
    """Shell that tells whether the system's bundle holds the certificate, without any TLS tool in the guest."""
    # two neighbouring base64 lines carry parts of the key and signature: no other certificate has them
    body = [line for line in pem.splitlines() if line and not line.startswith("-")]
    middle = body[len(body) // 2]
    return f"grep -qxF {shlex.quote(middle)} {BUNDLE} && grep -qxF {shlex.quote(body[-1])} {BUNDLE}"


def _parts(options: TrustOptions, given: Given) -> list[Part]:
    pem = given.node_files["root"].decode()
    path = f"{STORE}/{options.name}.crt"
    unmake = f"rm -f {shlex.quote(path)}; update-ca-certificates >/dev/null 2>&1"
    return [
        Packages(("ca-certificates",)),
        File(path, pem),
        Script("root in the trust store", in_bundle(pem), "update-ca-certificates >&2", unmake=unmake),
    ]


def _node_files(options: TrustOptions) -> Mapping[str, str]:
    return {"root": options.root}


FEATURE = Feature("trusted_ca", TrustOptions, _parts, node_files=_node_files)
