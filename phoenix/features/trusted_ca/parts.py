"""The parts of `trusted_ca`."""

from phoenix.features.given import Given
from phoenix.features.part import Packages, Part
from phoenix.features.trusted_ca import TrustOptions
from phoenix.features.trusted_ca.roots import TrustedRoots


def parts(options: TrustOptions, given: Given) -> list[Part]:
    return [Packages(("ca-certificates",)), TrustedRoots(options.name, given.node_files["root"].decode())]
