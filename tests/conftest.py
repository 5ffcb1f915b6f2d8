"""What every test shares."""

import gc
from collections.abc import Iterator

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several workers one takes the lab's tests, in their order and before all others: they share a cluster."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("lab") is None)
        for item in items:
            if item.get_closest_marker("lab"):
                item.add_marker(pytest.mark.xdist_group("lab"))


@pytest.fixture(autouse=True)
def _abandoned_programs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collects the coroutines that Pulumi leaves of an inline program that failed.

    Their end is an unraisable exception; should the collector meet them while pytest compiles an import, printing it
    compiles within the compiler, which ends Python 3.11 with "AST constructor recursion depth mismatch".
    """
    yield
    if request.node.get_closest_marker("engine"):
        gc.collect()
