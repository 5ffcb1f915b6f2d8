"""Writes container images straight into the storage of a Docker registry (distribution 2, file system driver).

An image is one gzipped layer, its configuration and a manifest (schema 2); the registry finds them by link files.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

DOCKER = "application/vnd.docker"
MANIFEST = f"{DOCKER}.distribution.manifest.v2+json"
CONFIG = f"{DOCKER}.container.image.v1+json"
LAYER = f"{DOCKER}.image.rootfs.diff.tar.gzip"
EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Image:
    """An image to be: its names, its files by absolute path, and what its containers run.

    ``files`` gives each path its content: a program of this machine, or a text (a script when it begins with `#!`).
    """

    name: str
    tags: tuple[str, ...]
    files: Mapping[str, Path | str]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def write(image: Image, root: Path) -> str:
    """Add an image to the registry's storage at ``root``; returns the manifest's digest."""
    plain = layer(image.files)
    packed = gzip.compress(plain, compresslevel=5, mtime=0)
    config = _json(_configuration(image, _digest(plain)))
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": _digest(config)},
            "layers": [{"mediaType": LAYER, "size": len(packed), "digest": _digest(packed)}],
        }
    )
    storage = root / "docker" / "registry" / "v2"
    repository = storage / "repositories" / image.name
    for blob in (packed, config, manifest):
        _blob(storage, blob)
    for blob in (packed, config):
        _link(repository / "_layers", _digest(blob))
    digest = _digest(manifest)
    _link(repository / "_manifests" / "revisions", digest)
    for tag in image.tags:
        where = repository / "_manifests" / "tags" / tag
        _text(where / "current" / "link", digest)
        _link(where / "index", digest)
    return digest


def layer(files: Mapping[str, Path | str]) -> bytes:
    """A tar of the files and their directories, owned by root, the same bytes for the same content."""
    out = io.BytesIO()
    directories = {parent for path in files for parent in PurePosixPath(path).parents} | {PurePosixPath("/tmp")}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for directory in sorted(directories - {PurePosixPath("/")}):
            entry = tarfile.TarInfo(str(directory).lstrip("/"))
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if directory.name == "tmp" else 0o755
            tar.addfile(entry)
        for path, content in sorted(files.items()):
            raw = content.read_bytes() if isinstance(content, Path) else content.encode()
            entry = tarfile.TarInfo(path.lstrip("/"))
            runs = isinstance(content, Path) or content.startswith("#!")
            entry.size, entry.mode = len(raw), 0o755 if runs else 0o644
            tar.addfile(entry, io.BytesIO(raw))
    return out.getvalue()


def _configuration(image: Image, diff_id: str) -> dict[str, object]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": EPOCH,
        "config": {
            "Entrypoint": list(image.entrypoint),
            "Cmd": list(image.command) or None,
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", *image.environment],
            "ExposedPorts": {f"{port}/tcp": {} for port in image.ports},
            "Volumes": {volume: {} for volume in image.volumes} or None,
            "Labels": dict(image.labels),
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": EPOCH, "created_by": "lab"}],
    }


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()


def _digest(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _blob(storage: Path, raw: bytes) -> None:
    value = _digest(raw).removeprefix("sha256:")
    where = storage / "blobs" / "sha256" / value[:2] / value
    where.mkdir(parents=True, exist_ok=True)
    (where / "data").write_bytes(raw)


def _link(room: Path, digest: str) -> None:
    _text(room / "sha256" / digest.removeprefix("sha256:") / "link", digest)


def _text(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
