"""What is inside a guest, by the kind of task that sees to it: the parts of all its features together."""

import json
from collections.abc import Sequence
from typing import Any

from phoenix.features.assembly import describe
from phoenix.features.docker.daemon import DAEMON, Engine, Setting
from phoenix.features.docker.parts import Member
from phoenix.features.download import Installed
from phoenix.features.feature import AnyFeature
from phoenix.features.given import Given
from phoenix.features.part import Directory, File, Health, Packages, Part, Script
from phoenix.features.registry import FEATURES
from phoenix.features.step_ca.authority import MEMBERS, AuthorityFiles
from phoenix.features.trusted_ca.roots import STORE, TrustedRoots
from phoenix.features.unit import Unit
from phoenix.pki.chain import parse_roots, to_pem
from phoenix.specs.inside import FeatureSpec

Software = dict[str, list[Any]]
KINDS = (
    *("packages", "groups", "directories", "files", "artifacts", "locales", "roots", "authority", "units", "health"),
    *("claims", "cloud_init"),
)


def of(features: Sequence[FeatureSpec], root: str) -> Software:
    """Kind of task -> its items, each once; `root` is the CA's certificate, PEM. Raises ValueError for a new kind."""
    found: Software = {kind: [] for kind in KINDS}
    parts = [part for each in features for part in _parts(each, root)]
    restarts = {path: unit.name for unit in parts if isinstance(unit, Unit) for path in _watched(unit)}
    if daemon := {key: value for part in parts if isinstance(part, Setting) for key, value in part.keys.items()}:
        found["files"].append(_file(DAEMON, json.dumps(daemon, indent=2) + "\n", "root:root", "0644", restarts))
    for part in parts:
        for kind, item in _items(part, restarts):
            if item not in found[kind]:
                found[kind].append(item)
    return found


def trusted(name: str, root: str) -> list[dict[str, str]]:
    """The files of the trust store for a root."""
    pems = [to_pem(each).decode() for each in parse_roots(root.encode())]
    return [
        {"path": f"{STORE}/{name}{f'-{number}' if number > 1 else ''}.crt", "content": pem}
        for number, pem in enumerate(pems, start=1)
    ]


def _parts(spec: FeatureSpec, root: str) -> tuple[Part, ...]:
    feature: AnyFeature = FEATURES[spec.feature]
    files = dict.fromkeys(feature.node_files(feature.options.model_validate(spec.options)), root.encode())
    return describe(feature, spec.options, Given(spec.target.kind, spec.artifacts, files))


def _watched(unit: Unit) -> tuple[str, ...]:
    return (*([_unit_path(unit)] if unit.content is not None else []), *unit.files)


def _unit_path(unit: Unit) -> str:
    return f"/etc/systemd/system/{unit.name}.service"


def _items(part: Part, restarts: dict[str, str]) -> list[tuple[str, Any]]:
    match part:
        case Packages(names=names):
            return [("packages", name) for name in names]
        case Directory(path=path, owner=owner, mode=mode):
            return [("directories", {"path": path, **_owned(owner), "mode": mode})]
        case File(path=path, content=content, owner=owner, mode=mode):
            return [("files", _file(path, content, owner, mode, restarts))]
        case Unit(name=name, content=content):
            file = [("files", _file(_unit_path(part), content, "root:root", "0644", restarts))] if content else []
            return [*file, ("units", name)]
        case Installed(name=name, path=path, artifact=it, install=install):
            fields = {"name": name, "path": path, "url": it.url, "sha256": it.sha256, "version": it.version}
            return [("artifacts", {**fields, "install": install, "unit": restarts.get(path)})]
        case TrustedRoots(name=name, pem=pem):
            return [("roots", each) for each in trusted(name, pem)]
        case AuthorityFiles(authority=authority):
            return [("authority", f"{authority.steppath}/{member}") for member in MEMBERS]
        case Engine():
            return [("packages", "docker.io")]
        case Setting():
            # all of them are one file
            return []
        case Member(user=user, group=group):
            return [("groups", {"user": user, "group": group})]
        case Health(probe=probe):
            with_ca = [probe[number + 1] for number, word in enumerate(probe) if word == "--cacert"]
            return [("health", {"url": probe[-1], "root": with_ca[0] if with_ca else None})]
        case Script(name=name, args=args) if name.startswith("locale "):
            return [("locales", args[0])]
        case Script(name="claims of the CA", args=args):
            return [("claims", {"path": args[0], "claims": json.loads(args[1])})]
        case Script(name="port and names of the CA"):
            # the authority's own task writes them, and nothing changes them
            return []
        case Script(name="cloud-init finished"):
            return [("cloud_init", True)]
    raise ValueError(f"no task for {part.label}")


def _file(path: str, content: str, owner: str, mode: str, restarts: dict[str, str]) -> dict[str, Any]:
    return {"path": path, "content": content, **_owned(owner), "mode": mode, "unit": restarts.get(path)}


def _owned(owner: str) -> dict[str, str]:
    user, _, group = owner.partition(":")
    return {"owner": user, "group": group}
