"""What every test shares."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from phoenix import redaction

# an example takes as long as the machine takes: no test is about that
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_configure() -> None:
    """Garbage is collected between tests only.

    Pulumi leaves coroutines of an inline program that failed, whose end is an unraisable exception. Should the
    collector meet them while something is compiled, printing it compiles within the compiler, and Python 3.11 ends
    with "AST constructor recursion depth mismatch".
    """
    gc.disable()


@pytest.fixture(autouse=True)
def _young_garbage() -> Iterator[None]:
    yield
    gc.collect(1)


@pytest.fixture(autouse=True, scope="module")
def _old_garbage() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _no_foreign_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is masked in that test alone: `other` is a secret here and a word there."""
    monkeypatch.setattr(redaction, "_secrets", set(redaction._secrets))


STARTERS = {
    *("loopback_ssh", "step_ca_server", "portainer_server", "swarm_engine", "pve_host", "certificate_guest"),
    *("swarm_host", "Popen", "running", "ThreadingHTTPServer", "HTTPServer", "programs", "go"),
}
"""What starts a server, or builds a program, is reached by one of these names."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks `server` whatever uses one of them, itself or by a fixture: `make quick` leaves it out."""
    for item in items:
        assert isinstance(item, pytest.Function)
        known = item._fixtureinfo.name2fixturedefs
        fixtures = (each.func for name in item.fixturenames for each in known.get(name, ()))
        if any(STARTERS.intersection(each.__code__.co_names) for each in (item.function, *fixtures)):
            item.add_marker(pytest.mark.server)


class LabApart(LoadScopeScheduling):
    """Among several workers one takes all of the lab's tests, which share a cluster; the others are dealt by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "lab" if file.startswith("tests/lab/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LabApart:
    """How `--numprocesses` deals the tests; xdist's own groups need an older pytest."""
    return LabApart(config, log)
