"""Compose files against their manifests, the secrets that exist, and each other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from phoenix.model import sourced
from phoenix.model.checks.certificates import OWN_SECRETS
from phoenix.model.compose import filled
from phoenix.model.compose.mounts import source_of
from phoenix.model.compose.variables import Given, VariableError, wanted
from phoenix.model.document import Document, Loc
from phoenix.model.draft import Draft, Part
from phoenix.model.guest import VmGuest
from phoenix.model.in_environment import InEnvironment, in_environment
from phoenix.model.located import Located
from phoenix.model.placement import is_global
from phoenix.model.problem import Problem
from phoenix.model.published import Published, published
from phoenix.model.sourced import Sourced
from phoenix.model.stack import Stack, StackEnvironment, external_name


def _each(draft: Draft) -> Iterator[tuple[Stack, Document, dict[str, Any]]]:
    for each in draft.stacks:
        services = each.item.compose.get("services")
        yield each.item, draft.compose[each.item.name], services if isinstance(services, dict) else {}


def images(draft: Draft) -> Iterator[Problem]:
    """No services, or a service without an image: Swarm would refuse it, but late."""
    for _, document, services in _each(draft):
        if not services:
            yield document.problem(("services",), allowed="at least one service")
        for name, service in services.items():
            if isinstance(service, dict) and service.get("image") is None:
                yield document.problem(("services", name, "image"), allowed="an image: Swarm does not build")


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
    """A secret that nobody makes, or that the file would hold itself; one of a service that the file lacks."""
    of_certificates = [
        name for each in draft.certificates if each.item.docker_secrets for name in each.item.docker_secrets.names
    ]
    defined = {*OWN_SECRETS, *of_certificates, *_made_by_stacks(draft, sourced.secrets)}
    for each in draft.in_environments:
        declared = each.section("secrets")
        for key, value in declared.items():
            if key in each.environment.secrets:
                continue
            name = external_name(key, value)
            if not name:
                allowed = "external: true, or a source in secrets of stack.yaml; secrets do not live in files here"
                yield each.problem(("secrets", key), allowed)
            elif name not in defined and Part.CERTIFICATES not in draft.broken:
                allowed = (
                    f"a secret that a certificate's docker_secrets, a stack or the product makes: "
                    f"{', '.join(sorted(defined))}; of one that somebody else makes tell in secrets of stack.yaml: "
                    f"{{{key}: {{external: {name}}}}}"
                )
                yield each.problem(("secrets", key), allowed, name)
    for _, document, found in _each(draft):
        declared = _mapping(document, "secrets")
        for service in found:
            for loc, used in _used(document, ("services", service, "secrets")):
                if used not in declared:
                    yield document.problem(loc, value=used, allowed="a key of the file's own secrets section")


def _made_by_stacks(draft: Draft, of: Callable[[Stack, str], Iterable[Sourced[Any]]]) -> set[str]:
    """Base names of what the stacks that guests list have made, for others to use."""
    listed = (draft.in_environment(each.stack.item.name, each.environment) for each in draft.listings)
    wellformed = [each for each in listed if each is not None and not each.wrong]
    return {one.base for each in wellformed for one in of(each.stack.item, each.name) if one.source.external is None}


def _used(document: Document, loc: Loc) -> Iterator[tuple[Loc, str]]:
    """What a list of names or mappings with `source` refers to."""
    entries = document.value(loc)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        source = entry.get("source") if isinstance(entry, Mapping) else entry
        if isinstance(source, str):
            yield (*loc, index), source


def variables(draft: Draft) -> Iterator[Problem]:
    """A `${VARIABLE}` that an environment does not define or that is none; a variable that is defined twice."""
    for each in draft.stacks:
        document = draft.compose[each.item.name]
        texts = [*filled.texts(each.item.compose)]
        for name, environment in each.item.environments.items():
            given = environment.given
            missing: set[str] = set()
            for loc, text in texts:
                try:
                    missing |= {*wanted(text, given)}
                except VariableError as error:
                    yield document.problem(loc, value=text, allowed=f"{error} (environment {name})")
            for loc, label in _labels(name, environment):
                try:
                    missing |= {*wanted(label, given)}
                except VariableError as error:
                    yield each.problem(*loc, value=label, allowed=str(error))
            for variable in sorted(missing):
                allowed = f"${{{variable}}} needs a variable or a default"
                yield each.problem("environments", name, "variables", value=variable, allowed=allowed)
            names = [variable.name for variable in environment.variables]
            for index, variable in enumerate(names):
                if variable in names[:index]:
                    yield each.problem("environments", name, "variables", index, "name", allowed="each variable once")


def _labels(name: str, environment: StackEnvironment) -> Iterator[tuple[Loc, str]]:
    for service, added in environment.services.items():
        for step, label in added.label_texts:
            yield ("environments", name, "services", service, "traefik_labels", step), label


def valueless(draft: Draft) -> Iterator[Problem]:
    """A key of `environment` without a value and without a variable: Docker would take it from where it runs."""
    for each in draft.in_environments:
        for service, found in each.services.items():
            given = each.environment.given
            loc: Loc = ("services", service, "environment")
            for at, key in _valueless(found.get("environment"), given):
                yield each.problem((*loc, at), f"a value, or a variable {key} of environment {each.name}", key)


def _valueless(found: Any, given: Given) -> Iterator[tuple[str | int, str]]:
    if isinstance(found, Mapping):
        yield from ((key, key) for key, value in found.items() if value is None and key not in given)
    elif isinstance(found, list):
        names = ((index, str(entry)) for index, entry in enumerate(found))
        yield from ((index, name) for index, name in names if "=" not in name and name not in given)


def references(draft: Draft) -> Iterator[Problem]:
    """A network, a volume or a config of a service that the file does not declare."""
    for each in draft.in_environments:
        for service in each.services:
            for loc, section, name in _references(each, service):
                if name not in each.section(section):
                    yield each.problem(loc, f"a key of the file's own {section} section", name)


def _references(each: InEnvironment, service: str) -> Iterator[tuple[Loc, str, str]]:
    loc: Loc = ("services", service)
    networks = each.services[service].get("networks")
    for index, name in enumerate(networks if isinstance(networks, list | Mapping) else ()):
        if name != "default":
            yield (*loc, "networks", index if isinstance(networks, list) else name), "networks", str(name)
    for index, entry in enumerate(each.entries((*loc, "configs"))):
        yield (*loc, "configs", index), "configs", str(entry.get("source") if isinstance(entry, Mapping) else entry)
    for index, entry in enumerate(each.entries((*loc, "volumes"))):
        kind, source = source_of(entry)
        if kind == "volume" and source:
            yield (*loc, "volumes", index), "volumes", source


def configs(draft: Draft) -> Iterator[Problem]:
    """A config that nobody makes."""
    defined = _made_by_stacks(draft, sourced.configs)
    for each in draft.in_environments:
        for key, config in each.section("configs").items():
            if key in each.environment.configs:
                continue
            name = external_name(key, config)
            if name and name not in defined:
                allowed = (
                    "a file of the stack's folder: nobody makes an external config; of one that somebody else makes "
                    f"tell in configs of stack.yaml: {{{key}: {{external: {name}}}}}"
                )
                yield each.problem(("configs", key), allowed)
            elif not name and not (isinstance(config, Mapping) and config.get("file")):
                yield each.problem(
                    ("configs", key), "a file of the stack's folder, or a source in configs of stack.yaml"
                )


def _deployed(draft: Draft) -> Iterator[tuple[Located[VmGuest], InEnvironment]]:
    """Every stack that a guest lists, in the environment that it lists it in."""
    for each in draft.listings:
        name = each.stack.item.name
        if each.has_environment:
            found = draft.in_environment(name, each.environment)
        else:
            found = in_environment(each.stack, draft.compose[name], each.environment, StackEnvironment())
        if found is not None:
            yield each.guest, found


def ports(draft: Draft) -> Iterator[Problem]:
    """Two services that publish one port of a node, or of the Swarm."""
    first: dict[tuple[int, int, str], tuple[str, str, Loc]] = {}
    members = tuple(each.item.vmid for each in draft.machines if each.item.swarm)
    for guest, each in _deployed(draft):
        for name, service in each.services.items():
            for index, entry in enumerate(each.entries(("services", name, "ports"))):
                loc: Loc = ("services", name, "ports", index)
                found = _published(entry)
                if found is None:
                    continue
                everywhere = found.mode == "ingress" or is_global(service)
                for port in found.outer:
                    keys = [(vmid, port, found.protocol) for vmid in (members if everywhere else (guest.item.vmid,))]
                    here = (each.stack.item.name, each.name, loc)
                    taken = next((key for key in keys if first.get(key, here) != here), None)
                    if taken is not None:
                        stack, environment, there = first[taken]
                        where = _place(draft, stack, there) + ("" if environment == each.name else f" ({environment})")
                        allowed = f"a port of guest {taken[0]} once; {where} publishes it already"
                        yield each.document.problem(loc, value=f"{port}/{taken[2]}", allowed=allowed)
                    for key in keys:
                        first.setdefault(key, here)


def _published(entry: Any) -> Published | None:
    try:
        return published(entry)
    except ValueError:
        # another check tells
        return None


def _place(draft: Draft, stack: str, loc: Loc) -> str:
    return str(draft.compose[stack].at(loc))


CHECKS = (images, services, secrets, variables, valueless, references, configs, ports)
