"""The servers under the contract: the lab's own, and the real one where PHOENIX_PORTAINER_DIR names it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.images import programs
from tests.lab_parts.portainer_process import Portainer
from tests.lab_parts.tls import loopback_certificate


@pytest.fixture(scope="module", params=["lab", "real"])
def portainer_dir(request: pytest.FixtureRequest) -> Path:
    """The directory with one kind of ``portainer`` and ``portainer-agent``."""
    if request.param == "lab":
        return programs.portainer()
    named = os.environ.get("PHOENIX_PORTAINER_DIR")
    if not named:
        pytest.skip("PHOENIX_PORTAINER_DIR does not name the real Portainer")
    return Path(named)


@pytest.fixture
def server(portainer_dir: Path, tmp_path: Path) -> Portainer:
    """A server that was never started."""
    return Portainer(portainer_dir / "portainer", tmp_path, *loopback_certificate(tmp_path))


@pytest.fixture(scope="module")
def claimed(portainer_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portainer]:
    """A running server with its administrator; tests of one module share it."""
    home = tmp_path_factory.mktemp("portainer")
    server = Portainer(portainer_dir / "portainer", home, *loopback_certificate(home))
    with server.running():
        assert server.claim().status_code == 200
        yield server


@pytest.fixture(scope="module")
def token(claimed: Portainer) -> str:
    """A session of the shared server."""
    return claimed.login()
