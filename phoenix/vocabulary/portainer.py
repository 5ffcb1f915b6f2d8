"""Versions of Portainer: what an image's tag tells of them, and which engines they fit."""

import re
from typing import NamedTuple

_TAG = re.compile(
    r"(?:^|/)portainer-[ce]e:(?P<version>\d+\.\d+\.\d+)(?:-alpine|-linux-[a-z0-9]+(?:-alpine)?)?(?:@.*)?$"
)
"""Docker Hub's tags: `2.33.5`, `2.33.5-alpine`, `2.33.5-linux-amd64`; `lts`, `sts` and `latest` tell no version."""
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


class Version(NamedTuple):
    """The three numbers of a release."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return ".".join(map(str, self))


OLDEST = Version(2, 23)
"""The oldest whose API the calls here were tried with."""

ORIGINS_AS_URLS = Version(2, 41)
"""From it on a trusted origin is a URL, before it a bare host name: https://docs.portainer.io/release-notes"""

_API_OF_OLD = (1, 41)
"""The engine's API that a Portainer speaks which knows no engine of version 29: portainer/portainer issue 12950."""
_ENGINE_29_LTS, _ENGINE_29 = Version(2, 33, 5), Version(2, 36)
"""The first that know one: https://docs.portainer.io/faqs/known-issues/environments-not-loading-with-docker-engine-29.0.0"""
KNOW_ENGINE_29 = f"{_ENGINE_29_LTS} or a later 2.33, or {_ENGINE_29} or later"


def parsed(text: str) -> Version | None:
    """The version that a text begins with; None for none."""
    found = _NUMBERS.match(text)
    return Version(*(int(number or 0) for number in found.groups())) if found else None


def of_image(image: str) -> Version | None:
    """The version that the tag of an image of Portainer's server tells; None for another image, and for no number."""
    found = _TAG.search(image)
    return parsed(found["version"]) if found else None


def shuts_out_old(oldest_api: str) -> bool:
    """Whether an engine whose `MinAPIVersion` this is answers no Portainer that does not know engines of version 29.

    Its version alone does not tell: 29.0 has 1.44, later ones 1.40 (moby/moby pull request 52067), and
    `DOCKER_MIN_API_VERSION` sets it.
    """
    found = _NUMBERS.match(oldest_api)
    return found is not None and (int(found[1]), int(found[2])) > _API_OF_OLD


def knows_engine_29(version: Version) -> bool:
    """Whether this Portainer speaks to such an engine."""
    return version >= _ENGINE_29 or _ENGINE_29_LTS <= version < (2, 34)
