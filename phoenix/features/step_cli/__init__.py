"""The step command line, bootstrapped for root: it knows the CA's address, fingerprint and root certificate."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings


class StepCli(Declared):
    """The step command line, which knows the certificate authority."""

    name: Literal["step_cli"]


class CliOptions(Options):
    """`root` is the path of the root's PEM on the node, `ca_url` the CA's address, `https://HOST:PORT`."""

    root: str
    ca_url: str


def _resolve(_declared: StepCli, around: Surroundings) -> CliOptions:
    return CliOptions(root=around.authority.root, ca_url=around.authority.url)


FEATURE = Feature(
    StepCli,
    options=CliOptions,
    resolve=_resolve,
    artifacts=("step-cli",),
    node_files=lambda options: {"root": options.root},
)
