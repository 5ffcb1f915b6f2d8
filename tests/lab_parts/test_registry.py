"""Images written by hand are what a registry and an engine expect."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
import requests

from lab.images.registry import MANIFEST, Image, layer, write
from tests.lab_parts.processes import running
from tests.ports import free_port


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A file that stands for a program."""
    file = tmp_path / "program"
    file.write_bytes(b"\x7fELF" + bytes(100_000))
    return file


@pytest.fixture
def image(program: Path) -> Image:
    """An image with a program, a script and a text."""
    files: dict[str, Path | str] = {"/bin/tool": program, "/etc/hello": "hello\n", "/run.sh": "#!/bin/tool\n"}
    return Image("team/tool", ("1.0", "latest"), files, ("/bin/tool",), ports=(80,), volumes=("/data",))


def blob(storage: Path, digest: str) -> bytes:
    """A blob's content, checked against its name."""
    value = digest.removeprefix("sha256:")
    raw = (storage / "blobs" / "sha256" / value[:2] / value / "data").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == value
    return raw


def test_everything_is_linked_and_every_digest_is_true(tmp_path: Path, image: Image) -> None:
    digest = write(image, tmp_path / "root")
    storage = tmp_path / "root" / "docker" / "registry" / "v2"
    repository = storage / "repositories" / "team" / "tool"
    for tag in ("1.0", "latest"):
        assert (repository / "_manifests" / "tags" / tag / "current" / "link").read_text() == digest
    manifest = json.loads(blob(storage, digest))
    config = json.loads(blob(storage, manifest["config"]["digest"]))
    packed = blob(storage, manifest["layers"][0]["digest"])
    assert manifest["layers"][0]["size"] == len(packed)
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(gzip.decompress(packed)).hexdigest()]
    assert config["config"]["Entrypoint"] == ["/bin/tool"]
    for part in (manifest["config"]["digest"], manifest["layers"][0]["digest"]):
        link = repository / "_layers" / "sha256" / part.removeprefix("sha256:") / "link"
        assert link.read_text() == part


def test_a_layer_has_its_directories_and_modes(image: Image) -> None:
    with tarfile.open(fileobj=io.BytesIO(layer(image.files))) as tar:
        modes = {entry.name: entry.mode for entry in tar}
    assert modes == {"bin": 0o755, "etc": 0o755, "tmp": 0o1777, "bin/tool": 0o755, "etc/hello": 0o644, "run.sh": 0o755}


def test_the_same_image_twice_is_the_same_bytes(tmp_path: Path, image: Image) -> None:
    assert write(image, tmp_path / "one") == write(image, tmp_path / "two")


@pytest.mark.skipif(shutil.which("docker-registry") is None, reason="no docker-registry on PATH")
def test_a_real_registry_serves_it(tmp_path: Path, image: Image) -> None:
    digest = write(image, tmp_path / "root")
    port = free_port()
    config = tmp_path / "config.yml"
    storage = f"storage: {{filesystem: {{rootdirectory: {tmp_path / 'root'}}}}}"
    config.write_text(f'version: 0.1\nlog: {{level: error}}\n{storage}\nhttp: {{addr: "127.0.0.1:{port}"}}\n')
    with running(["docker-registry", "serve", str(config)], ("127.0.0.1", port)), requests.Session() as session:
        session.trust_env = False
        base = f"http://127.0.0.1:{port}/v2"
        assert session.get(f"{base}/_catalog", timeout=10).json() == {"repositories": ["team/tool"]}
        assert sorted(session.get(f"{base}/team/tool/tags/list", timeout=10).json()["tags"]) == ["1.0", "latest"]
        answer = session.get(f"{base}/team/tool/manifests/1.0", headers={"Accept": MANIFEST}, timeout=10)
        assert answer.headers["Docker-Content-Digest"] == digest
        for part in (answer.json()["config"], *answer.json()["layers"]):
            assert len(session.get(f"{base}/team/tool/blobs/{part['digest']}", timeout=10).content) == part["size"]
