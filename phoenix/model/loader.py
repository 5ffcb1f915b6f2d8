"""From files to a cluster: everything is read, everything is checked, and all problems are told at once."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from phoenix.model.checks import check
from phoenix.model.cluster import CertificatesFile, Cluster, ClusterFile
from phoenix.model.compose.filled import filled
from phoenix.model.compose.named_files import named_files, source
from phoenix.model.compose.variables import VariableError
from phoenix.model.docker_scalars import read_as_docker_does
from phoenix.model.document import Document, Loc, read
from phoenix.model.draft import Draft, Part
from phoenix.model.environment_files import CERTIFICATES, CLUSTER, GUESTS, EnvironmentFiles, GuestFile
from phoenix.model.guest import Guest, LxcGuest, VmGuest
from phoenix.model.located import Located
from phoenix.model.problem import ConfigurationError, Problem
from phoenix.model.shape import validated
from phoenix.model.stack import Stack, StackManifest
from phoenix.vocabulary.names import STACK_NAME


def load(config_dir: Path, stacks_dir: Path, environment: str) -> Cluster:
    """The cluster that the files describe, in one environment.

    Reads `<config_dir>/cluster.yaml`, `certificates.yaml`, `guests/*.yaml`, over each of them the file of that name in
    `<config_dir>/environments/<environment>`, and of every folder in `stacks_dir` the files `stack.yaml` and
    `compose.yaml`. Raises ConfigurationError with every problem.
    """
    reading = _Reading(config_dir, environment)
    reading.cluster()
    reading.guests(config_dir / GUESTS)
    reading.certificates()
    reading.stacks(stacks_dir)
    draft = reading.draft()
    problems = [*reading.problems, *check(draft)]
    if problems or draft.cluster is None:
        raise ConfigurationError(problems)
    cluster = Cluster(
        **dict(draft.cluster.item),
        environment=environment,
        guests=tuple(sorted((each.item for each in draft.guests), key=lambda guest: guest.vmid)),
        certificates=tuple(each.item for each in draft.certificates),
        stacks=tuple(each.item for each in draft.stacks),
    )
    return cluster.read_from(draft.cluster, *draft.guests, *draft.certificates, *draft.stacks)


class _Reading:
    """One run over the files; collects parts and problems."""

    def __init__(self, config_dir: Path, environment: str) -> None:
        self._files = EnvironmentFiles(config_dir, environment)
        self.problems = self._files.problems
        self._environment = environment
        self._cluster: Located[ClusterFile] | None = None
        self._guests_folder = ""
        self._guests: list[Located[LxcGuest | VmGuest]] = []
        self._certificates: Document | None = None
        self._manifest: CertificatesFile | None = None
        self._stacks: list[Located[Stack]] = []
        self._compose: dict[str, Document] = {}
        self._broken_vmids: set[int] = set()
        self._broken_stacks: set[str] = set()
        self._broken: set[Part] = set()

    def draft(self) -> Draft:
        document, manifest = self._certificates, self._manifest
        certificates = (
            [Located(each, document, ("certificates", n)) for n, each in enumerate(manifest.certificates)]
            if document and manifest
            else []
        )
        return Draft(
            environment=self._environment,
            guests_folder=self._guests_folder,
            guests=tuple(self._guests),
            certificates=tuple(certificates),
            stacks=tuple(self._stacks),
            compose=self._compose,
            cluster=self._cluster,
            broken=frozenset(self._broken),
            broken_vmids=frozenset(self._broken_vmids),
            broken_stacks=frozenset(self._broken_stacks),
        )

    def cluster(self) -> None:
        document = self._files.document(CLUSTER)
        model = self._validated(document, ClusterFile)
        if document and model:
            self._cluster = Located(model, document)

    def certificates(self) -> None:
        self._certificates = self._files.document(CERTIFICATES)
        self._manifest = self._validated(self._certificates, CertificatesFile)
        if self._manifest is None:
            self._broken.add(Part.CERTIFICATES)

    def guests(self, folder: Path) -> None:
        self._guests_folder = str(folder)
        for file in self._files.guests():
            document = file.document
            guest = self._validated(document, Guest)
            if document and guest:
                self._guests.append(Located(guest, document))
                self._file_named_after(guest, document, file)
            else:
                self._broken.add(Part.GUESTS)
                self._broken_vmids |= set(_vmids_of_broken(file.path, document))

    def _file_named_after(self, guest: LxcGuest | VmGuest, document: Document, file: GuestFile) -> None:
        own = file.named or document
        vmid, called = own.value(("vmid",)) or guest.vmid, own.value(("name",)) or guest.name
        name, expected = file.path.name, f"{vmid}-{str(called).lower()}.yaml"
        if name != expected:
            allowed = f"a guest's file is called after its VMID and name: {expected}"
            self.problems.append(own.problem(("vmid",), value=name, allowed=allowed))

    def stacks(self, folder: Path) -> None:
        for path in self._files.entries(folder):
            if path.is_dir():
                self._stack(path)

    def _stack(self, folder: Path) -> None:
        document = self._document(folder / "stack.yaml")
        manifest = self._validated(document, StackManifest)
        compose, problems = read(folder / "compose.yaml", read_as_docker_does)
        self.problems += problems
        if compose is not None and not isinstance(compose.data, dict):
            self.problems.append(compose.problem((), allowed="a compose file is a mapping with the key services"))
            compose = None
        if not re.fullmatch(STACK_NAME, folder.name) or len(folder.name) > 40:
            allowed = "a stack's folder is named in small letters, digits, - and _, at most 40 of them"
            self.problems.append(Problem(str(folder), 1, "", "", allowed))
            manifest = None
        if not (document and manifest and compose):
            self._broken.add(Part.STACKS)
            self._broken_stacks.add(folder.name)
            return
        contents = dict(self._contents(folder, document, manifest))
        contents |= dict(self._named(folder, compose, manifest))
        encrypted = dict(self._encrypted(folder, document, manifest))
        stack = Stack(name=folder.name, compose=compose.data, contents=contents, encrypted=encrypted, **dict(manifest))
        self._stacks.append(Located(stack, document))
        self._compose[folder.name] = compose

    def _contents(self, folder: Path, document: Document, manifest: StackManifest) -> Iterator[tuple[str, str]]:
        for name, environment in manifest.environments.items():
            for index, file in enumerate(environment.files):
                loc: Loc = ("environments", name, "files", index, "source")
                yield from self._content(folder, file.source, document, loc)
            for key, config in environment.configs.items():
                if config.file is not None:
                    yield from self._content(
                        folder, config.file, document, ("environments", name, "configs", key, "file")
                    )

    def _encrypted(self, folder: Path, document: Document, manifest: StackManifest) -> Iterator[tuple[str, str]]:
        for name, environment in manifest.environments.items():
            for key, secret in environment.secrets.items():
                if secret.file is not None:
                    yield from self._content(
                        folder, secret.file, document, ("environments", name, "secrets", key, "file")
                    )

    def _named(self, folder: Path, compose: Document, manifest: StackManifest) -> Iterator[tuple[str, str]]:
        for environment in manifest.environments.values():
            # what cannot be filled in is told by a check
            with suppress(VariableError):
                found = filled(compose.data, environment.fill, lambda each: each.text)
                for loc, path in named_files(found):
                    yield from self._content(folder, path, compose, loc)

    def _content(self, folder: Path, path: str, document: Document, loc: Loc) -> Iterator[tuple[str, str]]:
        try:
            within = source(path)
            yield within, (folder / within).read_text(encoding="utf-8")
        except (OSError, ValueError):
            self.problems.append(document.problem(loc, value=path, allowed=f"a text file in {folder}"))

    def _document(self, path: Path) -> Document | None:
        document, problems = read(path)
        self.problems += problems
        return document

    def _validated(self, document: Document | None, kind: Any) -> Any:
        if document is None:
            return None
        model, problems = validated(document, kind)
        self.problems += problems
        return model


def _vmids_of_broken(path: Path, document: Document | None) -> Iterator[int]:
    if match := re.match(r"(\d+)-", path.name):
        yield int(match[1])
    given = document.value(("vmid",)) if document else None
    if isinstance(given, int):
        yield given
