"""A stack's folder: what the checkout has and nothing else, and nothing outside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from phoenix.clients import transaction
from phoenix.providers.files.stack_files import StackFilesReconciler, Sync
from phoenix.specs.files import StackFilesSpec
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.providers.core.convergence import converge, live

KIND = StackFilesReconciler()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setattr(transaction, "STATE", str(tmp_path / "state"))
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def spec(host: Loopback, directory: Path, files: dict[str, str]) -> StackFilesSpec:
    return StackFilesSpec(node=node_address(host.address, host.port), directory=str(directory), files=files)


def pure(files: dict[str, str]) -> StackFilesSpec:
    return StackFilesSpec(node="10.0.0.13", directory="/quickOS/portainer_stacks/x", files=files)


PLANS = {
    "nothing to do": ({"a": "1"}, {"a": "1"}, []),
    "all of it": (None, {"a": "1", "d/b": "2"}, [Sync(("a", "d/b"), ())]),
    "one changed, one stale": ({"a": "1", "old": "0"}, {"a": "2"}, [Sync(("a",), ("old",))]),
}


@pytest.mark.parametrize(("there", "wanted", "expected"), PLANS.values(), ids=PLANS.keys())
def test_plan(there: dict[str, str] | None, wanted: dict[str, str], expected: list[Sync]) -> None:
    assert list(KIND.plan(None if there is None else pure(there), pure(wanted))) == expected


trees = st.dictionaries(st.sampled_from(["a", "b", "c/d", "c/e"]), st.text(max_size=3), min_size=1)


@given(there=st.none() | trees, wanted=trees)
def test_a_plan_that_was_performed_leaves_nothing(there: dict[str, str] | None, wanted: dict[str, str]) -> None:
    files = dict(there or {})
    for action in KIND.plan(None if there is None else pure(there), pure(wanted)):
        files.update({path: wanted[path] for path in action.put})
        for path in action.drop:
            del files[path]
    assert not KIND.plan(pure(files), pure(wanted))


def test_it_syncs_and_leaves_other_stacks_alone(host: Loopback, tmp_path: Path) -> None:
    folder = tmp_path / "stacks" / "one"
    other = tmp_path / "stacks" / "two" / "compose.yaml"
    other.parent.mkdir(parents=True)
    other.write_text("theirs")
    converge(KIND, host.settings, spec(host, folder, {"compose.yaml": "services: {}\n", "conf/app.ini": "ä\n"}))
    assert (folder / "conf/app.ini").read_text() == "ä\n"
    (folder / "stray").write_text("by hand")
    desired = spec(host, folder, {"compose.yaml": "services: {a: {}}\n"})
    assert set(live(KIND, host.settings, desired).files) == {"compose.yaml", "conf/app.ini", "stray"}
    converge(KIND, host.settings, desired)
    assert [path.name for path in folder.rglob("*")] == ["compose.yaml"]
    KIND.remove(host.settings, desired)
    assert not folder.exists()
    assert other.read_text() == "theirs"


@pytest.mark.parametrize(
    ("directory", "words"),
    [
        ("/", "3 levels deep"),
        ("/quickOS", "3 levels deep"),
        ("/quickOS/stacks", "3 levels deep"),
        ("relative/a/b/c", "pattern"),
        ("/a/b/../../c", "must not contain"),
    ],
)
def test_a_folder_that_is_not_a_stacks_own_is_refused(directory: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        StackFilesSpec(node="n", directory=directory, files={"a": ""})


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", "./a"])
def test_a_path_outside_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="below the stack's folder"):
        pure({path: ""})
