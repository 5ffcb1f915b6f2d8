"""Encrypted files as secrets of a real Swarm, by a real SOPS: what they decrypt to, and only where it is needed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.clients import sops
from phoenix.errors import PhoenixError
from phoenix.providers.swarm.file_secret import FileSecret, FileSecretReconciler
from tests import age_keys
from tests.age_keys import AgeKey
from tests.providers.core.managed import Managed
from tests.providers.swarm import managed_swarm, swarm_engine
from tests.providers.swarm.managed_swarm import ManagedSwarm

pytestmark = pytest.mark.server

FIRST, SECOND = b"first-of-a-file-5b6c7d8e\n", b"second-of-a-file-9f1a2b3c\n"


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@pytest.fixture(scope="module")
def key() -> AgeKey:
    return age_keys.new_key()


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path, key: AgeKey) -> Iterator[ManagedSwarm]:
    monkeypatch.setenv("PATH", f"{Path(age_keys.sops()).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    monkeypatch.setattr(sops, "STACKS", tmp_path / "stacks")
    for swarm in managed_swarm.serve(tmp_path, monkeypatch, socket):
        yield swarm
        for raw in swarm.client.api.secrets():
            swarm.client.api.remove_secret(raw["ID"])


def managed(swarm: ManagedSwarm) -> Managed:
    return swarm.managed(FileSecret.provider(), base="web_key", name="web_key-1", file="web/tls.key")


def names(swarm: ManagedSwarm) -> set[str]:
    return {raw["Spec"]["Name"] for raw in swarm.client.api.secrets()}


def test_another_content_is_another_version_and_no_state_holds_it(
    swarm: ManagedSwarm, key: AgeKey, capsys: pytest.CaptureFixture[str]
) -> None:
    path, one = sops.STACKS / "web" / "tls.key", managed(swarm)
    age_keys.encrypt(path, FIRST, key)
    state = str(one.up())
    assert FileSecretReconciler().content(one.settings, one.spec) == FIRST
    age_keys.encrypt(path, SECOND, key)
    one.change(name="web_key-2")
    assert one.preview() == {"name": "web_key-1"}
    assert "stacks/web/tls.key holds something else: its services move from web_key-1" in capsys.readouterr().err
    state += str(one.up()) + str(one.provider.read("id", one.recorded or {}).outs)
    assert FileSecretReconciler().content(one.settings, one.spec) == SECOND
    assert names(swarm) == {"web_key-1", "web_key-2"}
    assert [each for each in (FIRST, SECOND) if each.decode().strip() in state] == []


def test_what_cannot_be_decrypted_becomes_no_secret(swarm: ManagedSwarm) -> None:
    age_keys.encrypt(sops.STACKS / "web" / "tls.key", FIRST, age_keys.new_key())
    with pytest.raises(PhoenixError, match=r"stacks/web/tls\.key: decrypt it"):
        managed(swarm).up()
    assert names(swarm) == set()
