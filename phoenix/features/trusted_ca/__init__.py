"""The internal roots in the guest's trust store, read from the node where the CA guest made them."""

from collections.abc import Mapping

from phoenix.features.feature import Feature, Given, Options
from phoenix.features.part import Packages, Part
from phoenix.features.trusted_ca.roots import TrustedRoots


class TrustOptions(Options):
    """`root` is the path of the roots' PEM on the node; `name` the file's name in the store, without .crt."""

    root: str
    name: str = "phoenix_root_ca"


def _parts(options: TrustOptions, given: Given) -> list[Part]:
    return [Packages(("ca-certificates",)), TrustedRoots(options.name, given.node_files["root"].decode())]


def _node_files(options: TrustOptions) -> Mapping[str, str]:
    return {"root": options.root}


FEATURE = Feature("trusted_ca", TrustOptions, _parts, node_files=_node_files)
