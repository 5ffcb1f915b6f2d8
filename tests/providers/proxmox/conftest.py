"""The fake Proxmox of these tests tells what waits for a restart as a real node does."""

from collections.abc import Iterator
from typing import Any

import pytest
from fakepve import pytest_plugin

from lab.inside.waiting import Waiting


@pytest.fixture
def fakepve(request: pytest.FixtureRequest, _fakepve_pki: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A started node for one test."""
    monkeypatch.setattr(pytest_plugin, "FakePve", Waiting)
    serving = pytest_plugin._serve(pytest_plugin._options(request), _fakepve_pki)
    try:
        yield serving.pve
    finally:
        serving.stop()
