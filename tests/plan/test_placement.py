"""Where services run, and which folders must be there."""

from typing import Any

import pytest

from phoenix.model import Stack, StackEnvironment
from phoenix.model.placement import Folder, bind_sources, bound_directories, is_pinned
from phoenix.model.stack import Placement

ENVIRONMENT = StackEnvironment.model_validate({"variables": [{"name": "X", "value": "x"}]})


def stack(service: dict[str, Any], placement: Placement | None = None, **sections: Any) -> Stack:
    return Stack(
        name="trial",
        description="",
        placement=placement,
        environments={"production": ENVIRONMENT},
        compose={"services": {"web": {"image": "web", **service}}, **sections},
    )


def pinned(service: dict[str, Any], placement: Placement | None = None, **sections: Any) -> bool:
    found = stack(service, placement, **sections)
    return is_pinned(found, found.filled(ENVIRONMENT), "web")


NFS = {"driver_opts": {"type": "nfs", "o": "addr=10.0.0.2", "device": ":/data"}}
BOUND = {"driver_opts": {"type": "none", "o": "rw,bind", "device": "/mnt/${X}"}}


@pytest.mark.parametrize(
    ("service", "sections", "wanted"),
    [
        ({}, {}, False),
        ({"ports": ["80:80"]}, {}, False),
        ({"ports": [{"target": 80, "published": 80, "mode": "host"}]}, {}, True),
        ({"volumes": ["data:/data"]}, {"volumes": {"data": None}}, True),
        ({"volumes": ["data:/data"]}, {"volumes": {"data": BOUND}}, True),
        ({"volumes": ["data:/data"]}, {"volumes": {"data": NFS}}, False),
        ({"volumes": ["data:/data"]}, {"volumes": {"data": {"driver": "rexray"}}}, False),
        ({"volumes": ["/srv/web:/srv"]}, {}, True),
        ({"volumes": [{"type": "bind", "source": "/srv/web", "target": "/srv"}]}, {}, True),
        ({"volumes": ["/var/run/docker.sock:/var/run/docker.sock", "/etc/localtime:/etc/localtime:ro"]}, {}, False),
        ({"volumes": ["/data", {"type": "tmpfs", "target": "/tmp"}]}, {}, False),
        ({"volumes": ["/srv/web:/srv"], "deploy": {"mode": "global"}}, {}, False),
        ({"volumes": ["/srv/web:/srv"], "deploy": {"mode": "global-job"}}, {}, False),
    ],
)
def test_a_service_is_where_its_data_is(service: dict[str, Any], sections: dict[str, Any], wanted: bool) -> None:
    assert pinned(service, **sections) is wanted
    is_global = "deploy" in service
    assert pinned(service, Placement.PINNED, **sections) is not is_global
    assert pinned(service, Placement.SWARM, **sections) is False


def test_folders_are_where_services_are() -> None:
    mounts = {"volumes": ["data:/data", "/srv/${X}:/srv", "/run/x:/run/x"]}
    sections = {"volumes": {"data": BOUND, "unused": {"driver_opts": {"o": "bind", "device": "/mnt/unused"}}}}
    for placement, everywhere in ((None, False), (Placement.PINNED, False), (Placement.SWARM, True)):
        found = stack(mounts, placement, **sections)
        assert bound_directories(found, ENVIRONMENT) == (Folder("/mnt/x", everywhere), Folder("/mnt/unused", False))
        assert bind_sources(found, ENVIRONMENT) == (Folder("/srv/x", everywhere),)
