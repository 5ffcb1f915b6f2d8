"""What a compose file may hold, its variables filled in: what `docker stack deploy` acts on.

https://docs.docker.com/reference/compose-file/ ; a key without a value counts as left out.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from phoenix.model.compose.service import SERVICE
from phoenix.model.compose.shapes import (
    Also,
    Anything,
    Fraction,
    Keys,
    ListOf,
    MappingOf,
    Nothing,
    Refused,
    Shape,
    Switch,
    Text,
    Wrong,
    one_of,
)
from phoenix.model.compose.values import LABELS, NAME, OPTIONS, TEXT


def _subnet(text: str) -> Iterator[Wrong]:
    try:
        ip_network(text)
    except ValueError:
        yield (), "a network: 172.31.250.0/24"


_EXTERNAL = one_of(Switch(), Keys({"name": TEXT}, needed=("name",)))

_NETWORK = Keys(
    {
        "name": TEXT,
        "driver": Text("overlay", "overlay: a Swarm's services are on no other network"),
        "driver_opts": OPTIONS,
        "ipam": Keys({"driver": TEXT, "config": ListOf(Keys({"subnet": Also(TEXT, _subnet)}, needed=("subnet",)))}),
        "external": _EXTERNAL,
        "internal": Switch(),
        "attachable": Switch(),
        "labels": LABELS,
    },
    free=True,
)


def _nothing_else(volume: Mapping[str, Any]) -> Iterator[Wrong]:
    if volume.get("external"):
        for key in ("driver", "driver_opts", "labels"):
            if volume.get(key):
                yield (key,), "nothing but a name beside external"


_VOLUME = Also(
    Keys(
        {
            "name": TEXT,
            "driver": TEXT,
            "driver_opts": OPTIONS,
            "external": _EXTERNAL,
            "labels": LABELS,
        },
        free=True,
    ),
    _nothing_else,
)

# a check tells of a secret that holds its value itself
_SECRET = Keys(
    {
        "name": TEXT,
        "external": _EXTERNAL,
        "labels": LABELS,
        **dict.fromkeys(("file", "environment", "driver", "driver_opts", "template_driver"), Anything()),
    },
    free=True,
)
_CONFIG = Keys(
    {
        "name": TEXT,
        "file": TEXT,
        "external": _EXTERNAL,
        "labels": Refused("no labels: the config is made beforehand, by its content"),
        "template_driver": Refused("a file without templates: the config is made beforehand"),
        "content": Refused("file, with a file of the stack's folder"),
        "environment": Refused("file, with a file of the stack's folder"),
    },
    free=True,
)

COMPOSE_FILE: Shape = Keys(
    {
        "version": one_of(Text(r"3(\.\d+)?", "3 or 3.N, or no version: no other is for a Swarm"), Fraction()),
        "services": MappingOf(SERVICE, r"[a-zA-Z0-9_-]*[a-zA-Z0-9]"),
        "networks": MappingOf(one_of(Nothing(), _NETWORK), NAME),
        "volumes": MappingOf(one_of(Nothing(), _VOLUME), NAME),
        "secrets": MappingOf(one_of(Nothing(), _SECRET), NAME),
        "configs": MappingOf(one_of(Nothing(), _CONFIG), NAME),
        "name": Refused("no name: a stack is named after its folder and its environment"),
        "include": Refused("the parts themselves: Docker does not include files here"),
    },
    free=True,
)

_SINCE = (("oom_score_adj", "3.13"), ("driver_opts", "3.13"), ("start_interval", "3.12"), ("pids", "3.9"))


def version(compose: Mapping[str, Any]) -> str:
    """The lowest version of the file format that knows all of a file's keys, which older Docker CLIs insist on."""
    services = [each for each in (compose.get("services") or {}).values() if isinstance(each, Mapping)]
    used = {key for each in services for key in _keys(each)}
    return next((since for key, since in _SINCE if key in used), "3.8")


def _keys(service: Mapping[str, Any]) -> Iterator[str]:
    yield from service
    yield from service.get("healthcheck") or ()
    yield from ((service.get("deploy") or {}).get("resources") or {}).get("limits") or ()
    networks = service.get("networks")
    for each in networks.values() if isinstance(networks, Mapping) else ():
        yield from each or ()
