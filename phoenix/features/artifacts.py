"""Lists of artifacts: where each comes from, and the checksum without which it is not used.

The product's own list holds upstream's addresses; the stack's `artifacts` setting names a file that overrides it:

    mirror: https://mirror.example.org/phoenix     # base address of every entry that gives a `file`
    artifacts:
      traefik: {version: 3.6.2, file: traefik_v3.6.2_linux_amd64.tar.gz, sha256: ...}
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from phoenix.errors import PhoenixError
from phoenix.features.artifact import Artifact, Sha256, Url


class ArtifactError(PhoenixError):
    """An artifact list is not usable, or an artifact has no checksum; the message says what to write where."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    url: Url | None = None
    file: str | None = None
    sha256: Sha256 | None = None


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    mirror: Url | None = None
    artifacts: dict[str, _Entry] = {}


def resolve(names: Iterable[str], catalogue: Path, override: Path | None = None) -> dict[str, Artifact]:
    """The artifacts `names`, from the file `override` where it has them, else from `catalogue`.

    Raises ArtifactError, with every problem at once, when a file cannot be read, or an artifact is unknown, has no
    address or no checksum.
    """
    lists = [(path, _load(path)) for path in (override, catalogue) if path is not None]
    resolved: dict[str, Artifact] = {}
    problems: list[str] = []
    for name in dict.fromkeys(names):
        where, found = next(((path, held) for path, held in lists if name in held.artifacts), (catalogue, None))
        if found is None:
            problems.append(f"{name}: no list of artifacts has it ({', '.join(str(path) for path, _ in lists)})")
            continue
        entry = found.artifacts[name]
        url = entry.url or (f"{found.mirror.rstrip('/')}/{entry.file}" if found.mirror and entry.file else None)
        if url is None:
            problems.append(f"{name}: {where} gives neither a url nor a mirror with a file")
        elif entry.sha256 is None:
            problems.append(
                f"{name} {entry.version}: its checksum is not known, so it is not used; download {url}, verify it by "
                f"its publisher's means, and write version, url and sha256 into the file of the `artifacts` setting"
            )
        else:
            resolved[name] = Artifact(version=entry.version, url=url, sha256=entry.sha256)
    if problems:
        raise ArtifactError("artifacts cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
    return resolved


def _load(path: Path) -> _List:
    try:
        content: object = YAML(typ="safe", pure=True).load(path.read_text())
        return _List.model_validate(content if isinstance(content, Mapping) else {})
    except (OSError, YAMLError) as error:
        raise ArtifactError(f"{path}: {error}") from None
    except ValidationError as error:
        lines = [
            f"  {'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise ArtifactError("\n".join([f"{path} is not a list of artifacts:", *lines])) from None
