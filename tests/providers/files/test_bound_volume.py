"""A volume that Docker has already keeps its folder, whatever the compose file says by now: a real engine's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.errors import OperationError
from phoenix.providers.files.directory import DirectoryReconciler
from phoenix.specs.files import DirectorySpec
from tests.providers.swarm import swarm_engine, swarm_host
from tests.providers.swarm.swarm_host import SwarmHost, needs_cli

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    needs_cli()
    yield from swarm_engine.serve()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[SwarmHost]:
    for made in swarm_host.serve(tmp_path, monkeypatch, socket):
        options = {"type": "none", "o": "bind", "device": "/mnt/old"}
        volumes = [made.client.volumes.create("app_data", driver="local", driver_opts=options)]
        volumes.append(made.client.volumes.create("app_plain"))
        yield made
        for each in volumes:
            each.remove()


def admit(host: SwarmHost, path: str, *volumes: str) -> None:
    desired = DirectorySpec(target=host.manager, path=path, volumes=volumes)
    DirectoryReconciler().admit(host.settings, desired)


def test_the_folder_that_it_is_bound_to_and_new_volumes_are_fine(host: SwarmHost) -> None:
    admit(host, "/mnt/old", "app_data", "app_new")
    admit(host, "/mnt/new")


def test_another_folder_is_refused_with_the_way_there(host: SwarmHost) -> None:
    with pytest.raises(
        OperationError, match=r"volume app_data is there and is bound to /mnt/old; .*\n.*docker volume rm"
    ):
        admit(host, "/mnt/new", "app_new", "app_data")


def test_one_that_holds_its_data_itself_is_refused_too(host: SwarmHost) -> None:
    with pytest.raises(OperationError, match="volume app_plain is there and holds its data itself"):
        admit(host, "/mnt/new", "app_plain")
