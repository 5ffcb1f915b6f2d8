"""What SOPS leaves behind is known by its own metadata, in each of its formats."""

import pytest

from phoenix.model.sops_file import is_encrypted
from tests import age_keys
from tests.clients.test_sops import CONTENTS


@pytest.mark.server
def test_what_sops_has_encrypted_is_known(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, key = tmp_path_factory.mktemp("files"), age_keys.new_key()
    for name, content in {**CONTENTS, "values.ini": b"[a]\npassword = x\n", "values.yml": b"a: x\n"}.items():
        age_keys.encrypt(folder / name, content, key)
        assert is_encrypted(name, (folder / name).read_text()), name


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.key", "-----BEGIN PRIVATE KEY-----\nENC[\n"),
        ("a.yaml", "sops:\n  mac: none\n"),
        ("a.yaml", '{"sops": {"mac": "ENC[x]"}}'),
        ("a.json", '{"note": "sops ENC["}'),
        ("a.env", "NOTE=sops_mac=ENC[\n"),
        ("a.ini", "[sopsy]\nx=ENC[\n"),
    ],
)
def test_what_only_looks_like_it_is_not(path: str, text: str) -> None:
    assert not is_encrypted(path, text)
