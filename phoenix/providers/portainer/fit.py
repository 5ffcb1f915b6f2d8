"""Whether Portainer's version is one that is supported, and speaks to the engines behind its agents."""

from collections.abc import Iterable

from phoenix.clients.docker_engine import engine, observing
from phoenix.errors import UnobservableError
from phoenix.providers.core.refusal import Refuse
from phoenix.settings import Settings
from phoenix.specs.portainer import OldestApi, PortainerAdminSpec
from phoenix.specs.target import VmTarget
from phoenix.vocabulary.portainer import KNOW_ENGINE_29, OLDEST, knows_engine_29, parsed, shuts_out_old


def oldest_api(settings: Settings, engines: Iterable[VmTarget]) -> OldestApi | None:
    """Of the first engine that shuts out old clients; others, and those that cannot be reached now, say nothing."""
    for target in engines:
        try:
            with observing(target, f"Docker engine of {target}"):
                said = engine(settings, target).version()
        except UnobservableError:
            # what runs there says so itself
            continue
        if shuts_out_old(said.get("MinAPIVersion", "")):
            return OldestApi(api=said["MinAPIVersion"], version=said["Version"], host=str(target))
    return None


def misfit(live: PortainerAdminSpec, desired: PortainerAdminSpec) -> Refuse | None:
    """What is wrong with the version that this run leads to: the image's where its tag tells one, else the live one."""
    version = parsed(desired.version or live.version)
    if version is None:
        return None
    if version < OLDEST:
        return Refuse(
            f"version {version} of Portainer is older than {OLDEST}, the oldest that is supported",
            f"give its image a tag from {OLDEST} on in the stack's compose.yaml (see docs/stacks.md)",
        )
    if live.oldest_api and not knows_engine_29(version):
        return Refuse(
            f"version {version} of Portainer does not fit {live.oldest_api}",
            f"give its image, and its agent's, the tag of a version that does in the stack's compose.yaml: "
            f"{KNOW_ENGINE_29}; or let the engine answer old clients, by DOCKER_MIN_API_VERSION=1.24 in the "
            "environment of its unit",
        )
    return None
