"""The API of a node whose address names the port of its SSH."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients.proxmox import Api, Node
from phoenix.errors import OperationError, UnobservableError
from tests.providers.proxmox import pve_host
from tests.providers.proxmox.pve_host import PveHost


@pytest.fixture
def host(fakepve: Any, fakepve_cafile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PveHost]:
    yield from pve_host.serve(fakepve, fakepve_cafile, tmp_path, monkeypatch)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:2222"])
def test_the_api_is_asked_on_its_own_port(host: PveHost, address: str) -> None:
    host.pve.add_ct(101, "web")
    (found,) = Api(host.settings, Node(address, "pve1", host.pve.port), "node pve1").get("lxc")
    assert found["name"] == "web"


def test_its_errors_name_the_node_and_that_port(host: PveHost) -> None:
    with pytest.raises(UnobservableError, match=r"the Proxmox API on port 1: "):
        Api(host.settings, Node("127.0.0.1:2222", "pve1", 1), "node pve1").get("lxc")


def test_a_refused_parameter_is_named_with_its_reason(host: PveHost) -> None:
    host.pve.add_ct(101, "web")
    api = Api(host.settings, Node("127.0.0.1", "pve1", host.pve.port), "guest 101")
    with pytest.raises(OperationError) as refused:
        api.change("set cores, memory", "PUT", "lxc/101/config", cores=0, memory="much")
    first, *reasons = refused.value.cause.splitlines()
    assert first == "Parameter verification failed."
    assert sorted(reasons) == [
        "  cores: value must have a minimum value of 1",
        "  memory: type check ('integer') failed - got 'much'",
    ]


def test_an_answer_that_is_no_json_is_told_by_its_status_alone(host: PveHost) -> None:
    api = Api(host.settings, Node("127.0.0.1", "pve1", host.pve.port), "guest 101")
    with pytest.raises(OperationError) as refused:
        api.get("../../../../no-api")
    assert refused.value.cause == "Not Found"
