"""What every test shares."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _abandoned_programs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collects the coroutines that Pulumi leaves of an inline program that failed.

    Their end is an unraisable exception; should the collector meet them while pytest compiles an import, printing it
    compiles within the compiler, which ends Python 3.11 with "AST constructor recursion depth mismatch".
    """
    yield
    if request.node.get_closest_marker("engine"):
        gc.collect()
