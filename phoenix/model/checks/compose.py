"""Compose files against their manifests, the secrets that exist, and each other."""

import json
from collections.abc import Iterator
from typing import Any

from phoenix.model.checks.certificates import OWN_SECRETS
from phoenix.model.checks.stacks import listed
from phoenix.model.document import Document, Loc
from phoenix.model.draft import Draft, Part
from phoenix.model.problem import Problem
from phoenix.model.stack import VARIABLE, Stack, StackEnvironment


def _each(draft: Draft) -> Iterator[tuple[Stack, Document, dict[str, Any]]]:
    for each in draft.stacks:
        services = each.item.compose.get("services")
        yield each.item, draft.compose[each.item.name], services if isinstance(services, dict) else {}


def shape(draft: Draft) -> Iterator[Problem]:
    """No version, no services, or a service without an image: Swarm would refuse it, but late."""
    for _, document, services in _each(draft):
        if not isinstance(document.value(("version",)), str):
            yield document.problem(("version",), allowed='a version in quotes, "3.8": older Docker CLIs insist on one')
        if not services:
            yield document.problem(("services",), allowed="at least one service")
        for name, service in services.items():
            if not isinstance(service, dict) or not isinstance(service.get("image"), str):
                yield document.problem(("services", name, "image"), allowed="an image: Swarm does not build")
        for section in ("secrets", "configs", "volumes", "networks"):
            if not isinstance(document.value((section,)) or {}, dict):
                yield document.problem((section,), value=document.value((section,)), allowed="a mapping by name")
        for name, volume in _mapping(document, "volumes").items():
            if not isinstance(volume, dict | None):
                yield document.problem(("volumes", name), value=volume, allowed="a mapping, or nothing")


def _mapping(document: Document, section: str) -> dict[str, Any]:
    value = document.value((section,))
    return value if isinstance(value, dict) else {}


def services(draft: Draft) -> Iterator[Problem]:
    """A manifest that speaks of services which the compose file does not have."""
    for each in draft.stacks:
        known = each.item.compose.get("services")
        known = known if isinstance(known, dict) else {}
        allowed = "a service of compose.yaml: " + (", ".join(map(str, known)) or "none")
        for name, environment in each.item.environments.items():
            for service in environment.services:
                if service not in known:
                    loc = ("environments", name, "services", service)
                    yield each.problem(*loc, value=service, allowed=allowed)
            for index, file in enumerate(environment.files):
                for number, service in enumerate(file.services):
                    if service not in known:
                        yield each.problem("environments", name, "files", index, "services", number, allowed=allowed)


def secrets(draft: Draft) -> Iterator[Problem]:
    """A secret that nobody defines, here or in the manifest of certificates, or that the file would hold itself."""
    of_certificates = [
        name for each in draft.certificates if each.item.docker_secrets for name in each.item.docker_secrets.names
    ]
    defined = {*OWN_SECRETS, *of_certificates}
    for stack, document, found in _each(draft):
        declared = _mapping(document, "secrets")
        for key, name in stack.external_secrets.items() if declared else ():
            if name not in defined and Part.CERTIFICATES not in draft.broken:
                allowed = "a secret that a certificate's docker_secrets or the product defines: "
                yield document.problem(("secrets", key), value=name, allowed=allowed + ", ".join(sorted(defined)))
        for key in declared:
            if key not in stack.external_secrets:
                allowed = "external: true; secrets do not live in files here"
                yield document.problem(("secrets", key), value=declared[key], allowed=allowed)
        for name, service in found.items():
            for index, used in enumerate(_used_secrets(service)):
                if used not in declared:
                    loc = ("services", name, "secrets", index)
                    yield document.problem(loc, value=used, allowed="a key of the file's own secrets section")


def _used_secrets(service: Any) -> list[str]:
    entries = _list(service, "secrets")
    return [str(entry.get("source")) if isinstance(entry, dict) else str(entry) for entry in entries]


def _list(service: Any, key: str) -> list[Any]:
    entries = service.get(key) if isinstance(service, dict) else None
    return entries if isinstance(entries, list) else []


def variables(draft: Draft) -> Iterator[Problem]:
    """A `${VARIABLE}` that an environment does not define; a variable that is defined twice."""
    for each in draft.stacks:
        wanted = _variables(json.dumps(each.item.compose, default=str))
        for name, environment in each.item.environments.items():
            given = [variable.name for variable in environment.variables]
            labels = _variables(" ".join(_labels(environment)))
            for missing in sorted((wanted | labels) - set(given)):
                yield each.problem(
                    "environments",
                    name,
                    "variables",
                    value=missing,
                    allowed=f"${{{missing}}} needs a variable or a default",
                )
            for index, variable in enumerate(given):
                if variable in given[:index]:
                    yield each.problem("environments", name, "variables", index, "name", allowed="each variable once")


def _labels(environment: StackEnvironment) -> Iterator[str]:
    for service in environment.services.values():
        yield from (text for _, text in service.label_texts)


def _variables(text: str) -> set[str]:
    return {match["name"] for match in VARIABLE.finditer(text) if not match["default"]}


def ports(draft: Draft) -> Iterator[Problem]:
    """Two services of one guest that publish the same port."""
    first: dict[tuple[int, str, str], tuple[str, Loc]] = {}
    members = tuple(each.item.vmid for each in draft.machines if each.item.swarm)
    for guest, _, stack in listed(draft):
        environment = stack.item.environments.get(draft.environment, StackEnvironment())
        document = draft.compose[stack.item.name]
        services = stack.item.compose.get("services")
        for name, service in services.items() if isinstance(services, dict) else ():
            for index, (port, protocol) in enumerate(_published(service, environment)):
                loc: Loc = ("services", name, "ports", index)
                here = (stack.item.name, loc)
                for vmid in members if _is_global(service) else (guest.item.vmid,):
                    key = (vmid, port, protocol)
                    if port and first.get(key, here) != here:
                        allowed = f"a port of guest {vmid} once; {_place(draft, *first[key])} publishes it already"
                        yield document.problem(loc, value=f"{port}/{protocol}", allowed=allowed)
                    first.setdefault(key, here)


def _place(draft: Draft, stack: str, loc: Loc) -> str:
    return f"{draft.compose[stack].path}:{draft.compose[stack].line(loc)}"


def _is_global(service: Any) -> bool:
    deploy = service.get("deploy") if isinstance(service, dict) else None
    return isinstance(deploy, dict) and deploy.get("mode") == "global"


def _published(service: Any, environment: StackEnvironment) -> Iterator[tuple[str, str]]:
    """Published port and protocol of every entry of `ports`; an empty port where Docker chooses one."""
    for entry in _list(service, "ports"):
        if isinstance(entry, dict):
            yield environment.expand(str(entry.get("published", ""))), str(entry.get("protocol", "tcp"))
        else:
            text, _, protocol = environment.expand(str(entry)).partition("/")
            *before, _ = text.split(":")
            yield before[-1] if before else "", protocol or "tcp"


CHECKS = (shape, services, secrets, variables, ports)
