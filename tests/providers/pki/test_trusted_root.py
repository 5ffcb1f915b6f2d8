"""The root in a trust store: written, rebuilt, told when it is another one, never taken from a broken source."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.errors import UnobservableError
from phoenix.features.step_ca.files import Authority, make
from phoenix.features.trusted_ca import roots
from phoenix.providers.pki.trusted_root import TrustedRootReconciler
from phoenix.specs.pki import TrustedRootSpec
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.providers.core.convergence import converge, live

KIND = TrustedRootReconciler()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setattr(roots, "STORE", str(tmp_path / "store"))
    monkeypatch.setattr(roots, "BUNDLE", str(tmp_path / "bundle.crt"))
    for loopback in loopback_ssh.serve(tmp_path, monkeypatch):
        loopback.script(
            "update-ca-certificates", f"cat {tmp_path}/store/*.crt > {tmp_path}/bundle.crt; echo up >> $CALLS"
        )
        yield loopback


def pki() -> tuple[bytes, str]:
    made = make(Authority("Test", "admin@example.org", ["ca"], ":0", "/x", {}))
    return made.files["certs/root_ca.crt"][0], made.fingerprint


def test_it_trusts_once_and_repairs(host: Loopback, tmp_path: Path) -> None:
    first, fingerprint = pki()
    source = tmp_path / "root_ca.crt"
    source.write_bytes(first)
    desired = TrustedRootSpec(
        target=NodeTarget(node=node_address(host.address, host.port)), name="internal_root", source=str(source)
    )
    assert live(KIND, host.settings, desired).state != "trusted"
    assert converge(KIND, host.settings, desired)
    assert converge(KIND, host.settings, desired) == []
    assert host.calls() == ["up"]
    seen = KIND.observe(host.settings, desired)
    assert seen is not None
    assert seen.outputs == {"fingerprint": fingerprint}

    (tmp_path / "bundle.crt").write_text("")
    assert live(KIND, host.settings, desired).state != "trusted"
    converge(KIND, host.settings, desired)
    second = pki()[0]
    for content, files in ((first + second, [first, second]), (second, [second])):
        source.write_bytes(content)
        assert live(KIND, host.settings, desired).state != "trusted"
        converge(KIND, host.settings, desired)
        # a file each: the store's index skips a file with two certificates
        stored = sorted((tmp_path / "store").iterdir(), key=lambda path: len(path.name))
        assert [each.name for each in stored] == ["internal_root.crt", "internal_root-2.crt"][: len(files)]
        assert [each.read_bytes() for each in stored] == files

    KIND.remove(host.settings, desired)
    assert list((tmp_path / "store").iterdir()) == []


@pytest.mark.parametrize(("content", "cause"), [(None, "is not there yet"), (b"junk", "is not a certificate")])
def test_without_a_usable_source_nothing_can_be_told(
    host: Loopback, tmp_path: Path, content: bytes | None, cause: str
) -> None:
    if content is not None:
        (tmp_path / "root_ca.crt").write_bytes(content)
    target = NodeTarget(node=node_address(host.address, host.port))
    desired = TrustedRootSpec(target=target, name="internal_root", source=str(tmp_path / "root_ca.crt"))
    with pytest.raises(UnobservableError, match=cause):
        KIND.observe(host.settings, desired)
