"""The certificate authority: step-ca with a PKI that is made once, its claims, its unit, and a real TLS answer."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings

_DAY_HOURS = 24


class StepCa(Declared):
    """The certificate authority."""

    name: Literal["step_ca"]


class CaOptions(Options):
    """`dns_names` are what its own certificate holds, addresses among them; durations are in Go's notation."""

    name: str = "ThinkHeads Internal CA"
    provisioner: str = "admin@thinkheads.ai"
    dns_names: tuple[str, ...]
    acme: str = "acme"
    """Name of the ACME provisioner, empty for none."""
    steppath: str = "/etc/step-ca/ssl"
    port: int = 9000
    min_duration: str = "5m"
    max_duration: str = "24h"
    default_duration: str = "24h"


def _resolve(_declared: StepCa, around: Surroundings) -> CaOptions:
    authority = around.authority
    return CaOptions(
        name=authority.name,
        provisioner=authority.provisioner,
        dns_names=authority.dns_names,
        steppath=authority.directory,
        port=authority.port,
        max_duration=f"{authority.max_lifetime_hours}h",
        default_duration=f"{min(_DAY_HOURS, authority.max_lifetime_hours)}h",
    )


FEATURE = Feature(StepCa, options=CaOptions, resolve=_resolve, artifacts=("step-ca",), unit="step-ca")
