"""Files that a real SOPS has encrypted: read in memory, in every format, or refused in its own words."""

import os
from pathlib import Path

import pytest

from phoenix.clients import sops
from phoenix.errors import OperationError
from phoenix.redaction import redact
from phoenix.settings import Settings
from tests import age_keys
from tests.age_keys import AgeKey
from tests.components import program

pytestmark = pytest.mark.server

CONTENTS = {
    "tls.key": b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGFhYWFhYWFh\n-----END PRIVATE KEY-----\n",
    "raw": bytes(range(256)),
    "values.yaml": b"password: correct-horse-1\n",
    "values.json": b'{\n\t"password": "correct-horse-2"\n}\n',
    "values.env": b"PASSWORD=correct-horse-3\n",
}


@pytest.fixture(scope="module")
def key() -> AgeKey:
    return age_keys.new_key()


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: AgeKey) -> Path:
    """A folder with a stack of encrypted files; `sops` is on PATH, and finds no key of this machine's."""
    monkeypatch.setenv("PATH", f"{Path(age_keys.sops()).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(sops, "STACKS", tmp_path)
    for name in ("SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, content in CONTENTS.items():
        age_keys.encrypt(tmp_path / "web" / name, content, key)
    return tmp_path


def settings(folder: Path, key: AgeKey | None) -> Settings:
    return program.settings(folder, **({"sops_age_key": key.identity} if key else {}))


@pytest.mark.parametrize("name", CONTENTS)
def test_what_was_encrypted_comes_back_byte_for_byte(stacks: Path, key: AgeKey, name: str) -> None:
    before = {path for path in stacks.rglob("*") if path.is_file()}
    given = settings(stacks, key)
    before |= {path for path in stacks.rglob("*") if path.is_file()}
    assert sops.decrypted(given, f"web/{name}") == CONTENTS[name]
    assert CONTENTS[name] not in (stacks / "web" / name).read_bytes()
    # nothing is written on the way
    assert {path for path in stacks.rglob("*") if path.is_file()} == before


def test_a_key_may_be_in_a_file(stacks: Path, key: AgeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    (stacks / "keys.txt").write_text(key.identity + "\n")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(stacks / "keys.txt"))
    assert sops.decrypted(settings(stacks, None), "web/raw") == CONTENTS["raw"]


def test_what_was_read_is_masked_line_by_line(stacks: Path, key: AgeKey) -> None:
    sops.decrypted(settings(stacks, key), "web/tls.key")
    assert redact("failed at MC4CAQAwBQYDK2VwBCIEIGFhYWFhYWFh") == "failed at [secret]"


def test_without_the_right_key_it_is_refused(stacks: Path) -> None:
    for given in (settings(stacks, None), settings(stacks, age_keys.new_key())):
        with pytest.raises(OperationError, match="phoenix:sopsAgeKey") as refused:
            sops.decrypted(given, "web/tls.key")
        assert "stacks/web/tls.key: decrypt it on this machine failed: Failed to get the data key" in str(refused.value)


def test_a_file_that_was_changed_by_hand_is_refused(stacks: Path, key: AgeKey) -> None:
    path = stacks / "web" / "values.env"
    path.write_text(path.read_text() + "MORE=x\n")
    with pytest.raises(OperationError, match="decrypt it"):
        sops.decrypted(settings(stacks, key), "web/values.env")


def test_without_sops_it_is_told_how_to_get_it(stacks: Path, key: AgeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OperationError, match=r"toolchain\.build sops"):
        sops.decrypted(settings(stacks, key), "web/raw")
