"""What an operator sees of certificates under the real engine: the reason in the preview, forcing without a trace."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi.automation as auto
import pytest

from phoenix.providers.pki.certificate import Certificate
from phoenix.providers.pki.certificate_copy import CertificateCopy
from phoenix.specs.pki import CertificateCopySpec, Command
from phoenix.specs.target import LxcTarget
from tests import loopback_ssh, step_ca_server
from tests.providers.core import engine
from tests.providers.pki.certificate_node import OWNER, Node, age
from tests.step_ca_server import Server

pytestmark = pytest.mark.engine


@pytest.fixture
def ca(tmp_path: Path) -> Iterator[Server]:
    yield from step_ca_server.serve(tmp_path / "ca")


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ca: Server) -> Iterator[Node]:
    for host in loopback_ssh.serve(tmp_path, monkeypatch):
        yield Node(host, ca, tmp_path / "certificates")


@pytest.fixture
def stack(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> auto.Stack:
    """A stack with one certificate and its copy in guest 101."""
    engine.prepare(monkeypatch, node.host.settings)
    spec = node.spec()
    copy = CertificateCopySpec(
        name="nginx",
        node=spec.node,
        source=spec.directory,
        root=spec.ca.root_path,
        target=LxcTarget(node=spec.node, vmid=101),
        cert_path=str(tmp_path / "guest/nginx.crt"),
        key_path=str(tmp_path / "guest/nginx.key"),
        ca_path=str(tmp_path / "guest/ca.pem"),
        owner=OWNER,
        after=Command(argv=("sh", "-c", f"echo told >> {tmp_path}/told")),
    )

    def program() -> None:
        nginx = Certificate("nginx", spec)
        CertificateCopy("nginx", copy, fingerprint=nginx.fingerprint, anchors=nginx.root_fingerprint)
        pulumi.export("fingerprint", nginx.fingerprint)

    return engine.stack(tmp_path, program)


def preview(stack: auto.Stack) -> tuple[str, dict[str, int]]:
    lines: list[str] = []
    result = stack.preview(refresh=True, on_output=lines.append)
    changed = {kind: count for kind, count in _summary(result).items() if kind != "same"}
    return "\n".join(lines), changed


def _summary(result: auto.PreviewResult) -> dict[str, int]:
    return {str(getattr(kind, "value", kind)): count for kind, count in result.change_summary.items()}


def test_reason_forcing_and_nothing_secret_in_the_state(
    stack: auto.Stack, node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> int:
        return len((tmp_path / "told").read_text().splitlines())

    first = stack.up(refresh=True).outputs["fingerprint"].value
    assert told() == 1
    assert preview(stack)[1] == {}

    node.put(node.spec(), not_before=age(3.5))
    text, changed = preview(stack)
    assert re.search(r"^ +certificate/nginx: renew: expires in 3h(30|2\d)m \(window 12h\)$", text, re.M), text
    assert changed == {"update": 2}
    second = stack.up(refresh=True).outputs["fingerprint"].value
    assert second != first
    assert told() == 2
    assert preview(stack)[1] == {}

    monkeypatch.setenv("PHOENIX_RENEW_CERTIFICATES", "nginx")
    text, changed = preview(stack)
    assert "certificate/nginx: renew: forced" in text
    assert changed == {"update": 2}
    third = stack.up(refresh=True).outputs["fingerprint"].value
    assert third != second
    monkeypatch.delenv("PHOENIX_RENEW_CERTIFICATES")
    assert preview(stack)[1] == {}
    assert told() == 3

    state: Any = stack.export_stack().deployment
    text = json.dumps(state)
    assert third in text
    for secret in (
        (node.directory / "nginx/key.pem").read_text().splitlines()[1],
        "PRIVATE KEY",
        (node.ca.steppath / "provisioner_password.txt").read_text(),
        node.host.settings.portainer_admin_password.get_secret_value(),
    ):
        assert secret not in text
    stack.destroy()
    assert not (node.directory / "nginx").exists()
    assert [file.name for file in (tmp_path / "guest").iterdir()] == ["ca.pem"]
