"""One throwaway lab for the whole session, in a temporary directory; the base images come from the user's cache."""

from collections.abc import Iterator

import pytest

from lab.testing import Throwaway, obstacle, throwaway
from tests.lab import converged
from tests.lab.converged import Cluster


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Throwaway]:
    """A lab that is up. A test that takes it down brings it up again."""
    if why := obstacle():
        pytest.skip(f"the lab cannot run here: {why}")
    made = throwaway(tmp_path_factory.mktemp("lab") / "state")
    made.up()
    yield made
    made.cli("destroy")


@pytest.fixture(scope="session")
def machine_with_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A second lab, for the program itself: no guest in it yet, and a copy of the checkout to change."""
    if why := obstacle():
        pytest.skip(f"the lab cannot run here: {why}")
    yield from converged.made(tmp_path_factory.mktemp("cluster"))


@pytest.fixture
def cluster(machine_with_lab: Cluster) -> Iterator[Cluster]:
    """The converged cluster. Whatever a test changed and did not put right is put right after it."""
    if not machine_with_lab.settled:
        machine_with_lab.up()
    yield machine_with_lab
    machine_with_lab.restore()
