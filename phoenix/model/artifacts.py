"""Lists of artifacts: where each comes from, and the checksum without which it is not used.

The checkout's own list, `config/artifacts.yaml`, holds upstream's addresses; the stack's `artifacts` setting names a
file that overrides it:

    mirror: https://mirror.example.org/phoenix     # base address of every entry that gives a `file`
    artifacts:
      traefik: {version: 3.6.2, file: traefik_v3.6.2_linux_amd64.tar.gz, sha256: ...}
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import Field

from phoenix.model.base import Model
from phoenix.model.document import read
from phoenix.model.located import Located
from phoenix.model.problem import ConfigurationError, Problem
from phoenix.model.shape import validated
from phoenix.specs.artifact import Artifact, Sha256, Url
from phoenix.vocabulary.names import Argument


class ArtifactEntry(Model):
    """One artifact: a `url`, or a `file` below the list's mirror."""

    version: Argument
    """What it is, in the words of its publisher."""
    url: Url | None = None
    """Where it is downloaded."""
    file: Argument | None = None
    """Its path below the list's `mirror`."""
    sha256: Sha256 | None = None
    """Of the download, in hex; without it the artifact is not used."""


class ArtifactsFile(Model):
    """`artifacts.yaml`."""

    mirror: Url | None = None
    """Base address of every entry that gives a `file`."""
    artifacts: dict[str, ArtifactEntry] = Field(default_factory=dict)
    """By the name that features know."""


def resolve(names: Iterable[str], catalogue: Path, override: Path | None = None) -> dict[str, Artifact]:
    """The artifacts `names`, from the file `override` where it has them, else from `catalogue`.

    Raises ConfigurationError with every problem, its file and line: a file that cannot be read, an artifact that is
    unknown, has no address or no checksum.
    """
    lists = [_load(path) for path in (override, catalogue) if path is not None]
    resolved: dict[str, Artifact] = {}
    problems: list[Problem] = []
    for name in dict.fromkeys(names):
        held = next((each for each in lists if name in each.item.artifacts), None)
        if held is None:
            allowed = f"an artifact {name}, which a guest's feature needs"
            problems.append(lists[-1].document.problem(("artifacts",), allowed=allowed))
            continue
        problems += _unusable(held, name)
        if not problems:
            entry = held.item.artifacts[name]
            resolved[name] = Artifact(version=entry.version, url=_url(held, name), sha256=str(entry.sha256))
    if problems:
        raise ConfigurationError(problems)
    return resolved


def _unusable(held: Located[ArtifactsFile], name: str) -> Iterator[Problem]:
    url = _url(held, name)
    if not url:
        yield held.problem("artifacts", name, allowed="a url, or a file together with the list's mirror")
    elif held.item.artifacts[name].sha256 is None:
        allowed = (
            f"a sha256: without it the artifact is not used; download {url}, verify it by its publisher's means, "
            "and write version, url and sha256 into the file of the `artifacts` setting"
        )
        yield held.problem("artifacts", name, value=held.item.artifacts[name].version, allowed=allowed)


def _url(held: Located[ArtifactsFile], name: str) -> str:
    entry, mirror = held.item.artifacts[name], held.item.mirror
    return entry.url or (f"{mirror.rstrip('/')}/{entry.file}" if mirror and entry.file else "")


def _load(path: Path) -> Located[ArtifactsFile]:
    document, problems = read(path)
    item: ArtifactsFile | None = None
    if document is not None:
        item, problems = validated(document, ArtifactsFile)
    if document is None or item is None:
        raise ConfigurationError(problems)
    return Located(item, document)
