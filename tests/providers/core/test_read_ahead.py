"""Observations that are made ahead of the engine's reads."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from phoenix.clients.ahead import answered, using
from phoenix.errors import UnobservableError
from phoenix.providers.core import adapter, kinds, read_ahead
from phoenix.providers.core.adapter import ANNOUNCED, Provider
from phoenix.providers.core.read_ahead import ReadAhead, announce
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.settings import Settings
from phoenix.specs.spec import Spec
from tests.providers.core.engine import settings


def gone(name: str) -> UnobservableError:
    return UnobservableError(resource=name, host="here", cause="no answer")


class PlaceSpec(Spec):
    name: str
    value: str = "wanted"
    flowing: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        return "here"


class Cluster(Reconciler[PlaceSpec, str]):
    """Places whose values are in memory; each question is noted, and waits where it must."""

    spec = PlaceSpec

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.asked: list[str] = []
        self.slow: dict[str, threading.Event] = {}

    def identity(self, desired: PlaceSpec) -> str:
        return desired.name

    def observe(self, settings: Settings, desired: PlaceSpec) -> Observation[PlaceSpec] | None:  # noqa: ARG002
        value = answered(desired.name, lambda: self._ask(desired.name))
        return Observation(desired.model_copy(update={"value": value})) if value else None

    def _ask(self, name: str) -> str:
        self.asked.append(name)
        if name in self.slow:
            assert self.slow[name].wait(20)
        value = self.values[name]
        if value == "silent":
            raise gone(name)
        return value

    def plan(self, live: PlaceSpec | None, desired: PlaceSpec) -> Sequence[str]:
        return [] if live == desired else ["set"]

    def perform(self, settings: Settings, desired: PlaceSpec, action: str) -> None:  # noqa: ARG002
        self.values[desired.name] = desired.value

    def remove(self, settings: Settings, spec: PlaceSpec) -> None:  # noqa: ARG002
        self.values.pop(spec.name)


class Run:
    """A provider's process: what the program announced, and the reads of the engine."""

    def __init__(self, cluster: Cluster, given: Settings) -> None:
        self.cluster = cluster
        self.provider = type("PlaceProvider", (Provider,), {"reconciler": cluster})()
        self.provider._settings = given

    def announce(self, *names: str) -> None:
        """The engine checks the first resource, which stands in the state."""
        first = {"name": "owner", ANNOUNCED: announce(PlaceSpec(name=each) for each in names)}
        assert self.provider.check({"name": "owner"}, first).inputs == {
            "name": "owner",
            "value": "wanted",
            "flowing": "",
        }

    def read(self, name: str, **recorded: str) -> str:
        """What the engine is told of one."""
        told = self.provider.read(name, {"name": name, "value": "wanted", **recorded})
        return str((told.inputs or told.outs)["value"])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    cluster = Cluster()
    monkeypatch.setattr(kinds, "reconciler", lambda _name: cluster)
    monkeypatch.setattr(adapter, "_read_ahead", ReadAhead())
    yield Run(cluster, settings(tmp_path))
    for each in cluster.slow.values():
        each.set()


def settle(run: Run, count: int) -> None:
    """Waits until so many questions were asked."""
    for _ in range(2000):
        if len(run.cluster.asked) >= count:
            return
        threading.Event().wait(0.005)
    raise AssertionError(run.cluster.asked)


def test_all_is_asked_before_the_engine_asks_for_any(run: Run) -> None:
    run.cluster.values = {"a": "one", "b": "two"}
    run.announce("a", "b")
    settle(run, 2)
    assert [run.read("b"), run.read("a")] == ["two", "one"]
    assert sorted(run.cluster.asked) == ["a", "b"]


def test_an_answer_is_used_once(run: Run) -> None:
    run.cluster.values = {"a": "one"}
    run.announce("a")
    settle(run, 1)
    run.cluster.values["a"] = "changed"
    assert [run.read("a"), run.read("a")] == ["one", "changed"]


def test_what_was_not_announced_is_asked_for(run: Run) -> None:
    run.cluster.values = {"a": "one", "z": "last"}
    run.announce("a")
    assert run.read("z") == "last"


def test_the_recorded_state_decides_what_is_told_of_it(run: Run) -> None:
    """Ahead only the program's own fields are known: what flows from elsewhere stands in the state."""
    run.cluster.values = {"a": "one"}
    run.announce("a")
    settle(run, 1)
    told = run.provider.read("a", {"name": "a", "value": "wanted", "flowing": "fingerprint"})
    assert told.inputs == {"name": "a", "value": "one", "flowing": "fingerprint"}
    assert run.cluster.asked == ["a"]


@pytest.mark.parametrize("change", ["create", "update", "delete"])
def test_no_answer_outlives_a_change(run: Run, change: str) -> None:
    run.cluster.values = {"a": "one", "b": "old"}
    run.announce("a", "b")
    settle(run, 2)
    wanted = {"name": "a", "value": "wanted"}
    match change:
        case "create":
            run.provider.create(wanted)
        case "update":
            run.provider.update("a", {"name": "a", "value": "one"}, wanted)
        case _:
            run.provider.delete("a", wanted)
    run.cluster.values["b"] = "new"
    assert run.read("b") == "new"


def test_after_a_change_what_was_not_read_is_looked_at_anew(run: Run) -> None:
    run.cluster.values = {"a": "one", "b": "two", "c": "three"}
    run.announce("a", "b", "c")
    settle(run, 3)
    assert run.read("a") == "one"
    run.provider.update("b", {"name": "b", "value": "two"}, {"name": "b", "value": "wanted"})
    # the update looked before and after
    settle(run, 3 + 2 + 2)
    assert sorted(run.cluster.asked[5:]) == ["b", "c"]
    assert run.read("c") == "three"
    assert run.cluster.asked.count("c") == 2


def test_nothing_is_looked_at_while_anything_changes(run: Run) -> None:
    run.cluster.values = {"a": "one", "b": "two", "c": "three"}
    run.announce("a", "b", "c")
    settle(run, 3)
    with adapter._read_ahead.changing(run.provider._settings):
        run.provider.create({"name": "a", "value": "one"})
        asked = len(run.cluster.asked)
        run.cluster.values["c"] = "changed"
    settle(run, asked + 3)
    assert run.read("c") == "changed"


def test_the_engine_may_read_while_the_new_look_begins(run: Run) -> None:
    ahead, given = adapter._read_ahead, run.provider._settings
    run.cluster.values = {f"g{number}": "here" for number in range(500)}
    run.announce(*run.cluster.values)
    settle(run, 500)
    reading = threading.Event()

    def read_all() -> None:
        while not ahead._looks:
            reading.set()
        for name in run.cluster.values:
            ahead.answers(run.cluster, PlaceSpec(name=name))

    with ahead.changing(given):
        engine = threading.Thread(target=read_all)
        engine.start()
        assert reading.wait(10)
    engine.join(20)
    assert not engine.is_alive()


def test_that_has_an_end_where_much_changes(run: Run) -> None:
    run.cluster.values = {"a": "one", "never read": "here"}
    run.announce("a", "never read")
    settle(run, 2)
    for number in range(10):
        run.provider.update("a", {"name": "a", "value": "x"}, {"name": "a", "value": str(number)})
        threading.Event().wait(0.02)
    assert run.cluster.asked.count("never read") <= 1 + read_ahead.AGAIN


def test_one_that_does_not_answer_delays_no_other(run: Run) -> None:
    run.cluster.values = {"slow": "late", "never": "silent", **{f"g{number}": "here" for number in range(20)}}
    run.cluster.slow = {"slow": threading.Event(), "never": threading.Event()}
    run.announce(*run.cluster.values)
    told: list[str] = []
    waiting = [
        threading.Thread(target=lambda name=name: told.append(f"{name} {run.read(name)}")) for name in run.cluster.slow
    ]
    for each in waiting:
        each.start()
    told += [run.read(f"g{number}") for number in range(20)]
    assert told == ["here"] * 20
    for name in ("slow", "never"):
        run.cluster.slow[name].set()
    for each in waiting:
        each.join(10)
    assert sorted(told[20:]) == ["never wanted", "slow late"]


def test_what_could_not_be_read_is_told_with_its_name(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.cluster.values = {"dead": "silent", "b": "here"}
    run.announce("dead", "b")
    settle(run, 2)
    assert [run.read("dead"), run.read("b")] == ["wanted", "here"]
    assert capsys.readouterr().err == f"warning: {gone('dead')}; its recorded state is kept\n"
    assert run.cluster.asked.count("dead") == 1


def test_a_first_up_looks_at_nothing_ahead(run: Run) -> None:
    checked = run.provider.check({}, {"name": "owner", ANNOUNCED: announce([PlaceSpec(name="a")])})
    assert ANNOUNCED not in checked.inputs
    run.cluster.values = {"a": "one"}
    assert run.read("a") == "one"
    # itself was looked for, and nothing else
    assert run.cluster.asked == ["owner", "a"]


def test_a_second_announcement_replaces_the_first(run: Run) -> None:
    run.cluster.values = {"a": "one"}
    run.announce("a")
    settle(run, 1)
    run.cluster.values = {"a": "two"}
    run.announce("a")
    assert run.read("a") == "two"


def test_outside_of_a_read_no_answer_is_used(run: Run) -> None:
    """An update looks again at what it changed."""
    run.cluster.values = {"a": "one"}
    with using(None):
        assert run.cluster.observe(run.provider._settings, PlaceSpec(name="a")) is not None
    assert run.cluster.asked == ["a"]
