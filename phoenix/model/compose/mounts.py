"""What `volumes` of a service may list: https://docs.docker.com/reference/compose-file/services/#volumes"""

from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.compose.shapes import Also, Keys, Number, Switch, Text, Wrong, one_of
from phoenix.model.compose.values import TEXT

_MODES = {
    *("ro", "rw", "nocopy", "consistent", "cached", "delegated"),
    *(f"{recursive}{kind}" for recursive in ("", "r") for kind in ("private", "shared", "slave")),
}


def _mount(mount: Mapping[str, Any]) -> Iterator[Wrong]:
    kind, source = mount["type"], mount.get("source")
    yield from (
        ((key,), f"not with type {kind}") for key in ("bind", "volume", "tmpfs") if key != kind and key in mount
    )
    if kind == "bind" and not str(source or "").startswith("/"):
        yield ("source",), "an absolute path of the node, or of a folder on the shared path"
    if kind == "tmpfs" and source:
        yield ("source",), "no source with type tmpfs"


def _short(mount: str) -> Iterator[Wrong]:
    parts = mount.split(":")
    paths = [each for each in parts[:2] if each]
    if len(parts) > 3 or not paths or len(paths) != len(parts[:2]) or not paths[-1].startswith("/"):
        yield (), "VOLUME:/TARGET, /PATH:/TARGET or /TARGET, with :ro after it where it is only read"
    elif len(parts) > 1 and parts[0].startswith((".", "~")):
        yield (), "an absolute path of the node: the deployed file does not know the folder that this one stands in"
    elif unknown := [each for each in (parts[2].split(",") if len(parts) == 3 else ()) if each not in _MODES]:
        yield (), f"ro, rw, nocopy or a propagation after the target: Docker leaves {', '.join(unknown)} out"


MOUNT = one_of(
    Also(TEXT, _short),
    Also(
        Keys(
            {
                "type": Text("bind|volume|tmpfs", "bind, volume or tmpfs"),
                "source": TEXT,
                "target": Text("/.*", "an absolute path in the container"),
                "read_only": Switch(),
                "consistency": TEXT,
                "bind": Keys({"propagation": TEXT}),
                "volume": Keys({"nocopy": Switch()}),
                "tmpfs": Keys({"size": Number()}),
            },
            needed=("type", "target"),
            words="a text, or a mapping with type and target",
        ),
        _mount,
    ),
)


def mounted_at(mount: str | Mapping[str, Any]) -> str:
    """The place in the container, of a mount that is right."""
    if isinstance(mount, Mapping):
        return str(mount["target"]).rstrip("/")
    return mount.split(":")[min(1, mount.count(":"))].rstrip("/")


def source_of(mount: Any) -> tuple[str, str]:
    """The type of a mount and its source, empty where it has none; of a wrong one as well as can be."""
    if isinstance(mount, Mapping):
        return str(mount.get("type")), str(mount.get("source") or "")
    source, colon, _ = str(mount).partition(":")
    kind = "bind" if source.startswith(("/", ".", "~")) else "volume"
    return kind, source if colon else ""
