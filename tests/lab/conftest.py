"""One throwaway lab for the whole session, in a temporary directory; the base images come from the user's cache."""

from collections.abc import Iterator

import pytest

from lab.testing import Throwaway, obstacle, throwaway


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Throwaway]:
    """A lab that is up. A test that takes it down brings it up again."""
    if why := obstacle():
        pytest.skip(f"the lab cannot run here: {why}")
    made = throwaway(tmp_path_factory.mktemp("lab") / "state")
    made.up()
    yield made
    made.cli("destroy")
