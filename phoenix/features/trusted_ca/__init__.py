"""The internal roots in the guest's trust store, read from the node where the CA guest made them."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings


class TrustedCa(Declared):
    """The guest trusts the certificate authority."""

    name: Literal["trusted_ca"]


class TrustOptions(Options):
    """`root` is the path of the roots' PEM on the node; `name` the file's name in the store, without .crt."""

    root: str
    name: str = "phoenix_root_ca"


def _resolve(_declared: TrustedCa, around: Surroundings) -> TrustOptions:
    return TrustOptions(root=around.authority.root)


FEATURE = Feature(TrustedCa, options=TrustOptions, resolve=_resolve, node_files=lambda options: {"root": options.root})
