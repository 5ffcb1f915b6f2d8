"""Each test is a process of its own to the adapter, which knows whether it has changed anything."""

import pytest

from phoenix.providers.core import adapter


@pytest.fixture(autouse=True)
def nothing_changed_yet() -> None:
    adapter._under_way.clear()
