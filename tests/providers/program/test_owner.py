"""The owner's marker on the node, over a real SSH server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.errors import OperationError
from phoenix.providers.program.owner import Claim, OwnerReconciler, Rename
from phoenix.specs.program import OwnerSpec
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback

OWNER = OwnerReconciler()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "phoenix.owner"


def spec(host: Loopback, marker: Path, owner: str, id_: str) -> OwnerSpec:
    return OwnerSpec(node=node_address(host.address, host.port), owner=owner, id=id_, path=str(marker))


def test_a_plan_has_at_most_one_step(host: Loopback, marker: Path) -> None:
    mine = spec(host, marker, "o/p/s", "1")
    assert OWNER.plan(None, mine) == [Claim()]
    assert OWNER.plan(mine, mine) == []
    assert OWNER.plan(mine, spec(host, marker, "o/p/renamed", "1")) == [Rename()]


def test_a_free_cluster_is_claimed_renamed_and_left(host: Loopback, marker: Path) -> None:
    mine = spec(host, marker, "o/p/s", "1")
    assert OWNER.observe(host.settings, mine) is None
    OWNER.perform(host.settings, mine, Claim())
    seen = OWNER.observe(host.settings, mine)
    assert seen is not None
    assert seen.live == mine
    renamed = spec(host, marker, "o/p/renamed", "1")
    OWNER.perform(host.settings, renamed, Rename())
    assert "o/p/renamed" in marker.read_text()
    OWNER.remove(host.settings, renamed)
    assert not marker.exists()
    OWNER.remove(host.settings, renamed)


def test_anothers_cluster_is_refused_until_it_is_taken_over_by_name(host: Loopback, marker: Path) -> None:
    theirs, mine = spec(host, marker, "o/p/theirs", "aa11"), spec(host, marker, "o/p/mine", "bb22")
    OWNER.perform(host.settings, theirs, Claim())
    refused = r"belongs to the Pulumi stack o/p/theirs(.|\n)*takeOver aa11"
    with pytest.raises(OperationError, match=refused):
        OWNER.observe(host.settings, mine)
    with pytest.raises(OperationError, match=refused):
        OWNER.perform(host.settings, mine, Claim())
    other = host.settings.model_copy(update={"take_over": "cc33"})
    with pytest.raises(OperationError, match="o/p/theirs"):
        OWNER.observe(other, mine)
    OWNER.remove(host.settings, mine)
    assert "aa11" in marker.read_text()
    willing = host.settings.model_copy(update={"take_over": "aa11"})
    assert OWNER.observe(willing, mine) is None
    OWNER.perform(willing, mine, Claim())
    assert OWNER.observe(host.settings, mine) is not None
    with pytest.raises(OperationError, match="o/p/mine"):
        OWNER.observe(host.settings, theirs)


def test_half_a_marker_is_nobodys_permission(host: Loopback, marker: Path) -> None:
    marker.touch()
    with pytest.raises(OperationError, match=f"remove {marker} there"):
        OWNER.observe(host.settings, spec(host, marker, "o/p/s", "1"))


def test_a_marker_that_cannot_be_written_says_why(host: Loopback, tmp_path: Path) -> None:
    lost = spec(host, tmp_path / "absent" / "phoenix.owner", "o/p/s", "1")
    with pytest.raises(OperationError, match=r"(?i)directory nonexistent|no such file"):
        OWNER.perform(host.settings, lost, Claim())


def test_a_node_that_is_not_the_pinned_one_is_an_error_and_never_taken_for_unchanged(
    host: Loopback, marker: Path, tmp_path: Path
) -> None:
    stranger = tmp_path / "no_known_hosts"
    stranger.touch()
    settings = host.settings.model_copy(update={"known_hosts": stranger})
    with pytest.raises(OperationError, match=r"owner marker .*: read on (.|\n)*phoenix:knownHosts"):
        OWNER.observe(settings, spec(host, marker, "o/p/s", "1"))
