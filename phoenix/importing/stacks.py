"""Stacks of the old files: a compose file each, a manifest beside it, or an entry in a list of all of them."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from phoenix.importing import firewall, labels, portainer_stack
from phoenix.importing.compose import compose_file, take_secrets
from phoenix.importing.found import COMPOSE_NAMES, Found, is_stack
from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Entry, Fate, Ledger
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old, OldFile
from phoenix.importing.variable import Variable, setting_of
from phoenix.importing.variables_file import variables_file
from phoenix.model.document import Loc
from phoenix.model.stack import external_name

ENVIRONMENTS = {"prod": "production", "test": "testing", "stage": "staging", "dev": "development"}
_RENAMED = "one word for an environment everywhere; the old system looked for production and found nothing under prod"
_TWICE = "the manifest in the stack's own folder says it, which is what the old system deployed"
_NO_COMPOSE = "the stack has no compose file among the old files"
_ORDER = ("description", "deployed_by", "environments")


@dataclass(frozen=True, eq=False)
class OldStack:
    """What there is of one stack. `listed` is its entry in a list of stacks, `folder` where its files lie."""

    name: str
    folder: str
    manifest: Old | None
    listed: Old | None
    compose: OldFile | None

    @property
    def files(self) -> tuple[OldFile, ...]:
        """Files that are none of JSON."""
        return () if self.compose is None else (self.compose,)


def read(found: Found, section: Old | None) -> dict[str, OldStack]:
    """Every stack by its folder's name."""
    manifests = {
        PurePosixPath(file.path).parent.name: file
        for file in found.files
        if is_stack(file.data) and (section is None or file is not section.file)
    }
    listed = dict(section.items()) if section is not None else {}
    stacks = {}
    for name in sorted({*manifests, *listed}):
        manifest = manifests.get(name)
        folder = str(PurePosixPath(manifest.path).parent) if manifest else _folder(found, name)
        compose = found.compose(folder) if folder else None
        stacks[name] = OldStack(name, folder, manifest.top if manifest else None, listed.get(name), compose)
    return stacks


def _folder(found: Found, name: str) -> str:
    for path, _ in found.others:
        each = PurePosixPath(path)
        if each.name in COMPOSE_NAMES and each.parent.name == name:
            return str(each.parent)
    return ""


@dataclass
class NewStack:
    """A stack on its way: `manifest` and `compose` are written, and its files of variables by their paths."""

    old: OldStack
    guest: NewGuest
    manifest: NewFile
    compose: NewFile
    texts: dict[str, str]
    read: list[OldFile]
    """Further old files that were read."""


def stack(ledger: Ledger, found: Found, old: OldStack, guest: NewGuest, domain: str) -> NewStack | None:
    """The stack that the guest lists; None, and an entry in the ledger, where its compose file is missing."""
    is_portainer = portainer_stack.is_it(old.compose, old.name, guest)
    parts = [each for each in (old.manifest, old.listed) if each is not None]
    if old.compose is None and not is_portainer:
        ledger.missing.append(f"the compose file of the stack {old.name}")
        for each in parts:
            ledger.leave_out(each, _NO_COMPOSE)
        return None
    folder = f"stacks/{folder_name(old.name)}"
    manifest = NewFile(f"{folder}/stack.yaml", ledger, order=_ORDER)
    new = NewStack(old, guest, manifest, NewFile(f"{folder}/compose.yaml", ledger), {}, [])
    texts = [text for each in parts if (text := each.get("description")) is not None]
    if texts:
        manifest.keep(("description",), texts[0], texts[0].text())
    else:
        manifest.add(("description",), old.name)
    for each in texts[1:]:
        ledger.leave_out(each, _TWICE)
    is_agent = guest.file.get("portainer", "role") == "agent"
    manifest.add(("deployed_by",), "portainer" if is_agent else "swarm")
    if is_portainer:
        portainer_stack.compose(new.compose, old.compose, guest)
    elif old.compose is not None:
        compose_file(new.compose, old.compose, guest, old.name)
    services = [*(new.compose.get("services") or {})]
    environments: dict[str, list[Old]] = {}
    for each in parts:
        for name, environment in each.need("environments").items():
            environments.setdefault(ENVIRONMENTS.get(name, name), []).append(environment)
    if not environments:
        environments["production"] = []
    for name, given in environments.items():
        _environment(new, found, name, given, services, domain, is_portainer)
    if old.compose is not None and not is_portainer:
        secrets = take_secrets(new.compose, old.compose, old.name)
        _secret_variables(new, secrets)
    for each in parts:
        for key in ("placement_constraints", "compose_file_path", "$schema"):
            ledger.leave_out(
                each.get(key), "the compose file says where its services run, and lies in the stack's folder"
            )
    return new


def listed(guest: NewGuest, name: Old, environment: Old | None) -> None:
    """An entry of the guest's `docker_stacks`; one in production is in the environment of whichever run."""
    at: Loc = ("docker_stacks", len(guest.file.get("docker_stacks") or ()))
    spelled = "production" if environment is None else ENVIRONMENTS.get(environment.text(), environment.text())
    if environment is None or spelled == "production":
        guest.file.keep(at, name, folder_name(name.text()))
        guest.ledger.leave_out(environment, "that of the run, which an entry has without saying so")
    else:
        guest.file.keep((*at, "stack"), name, folder_name(name.text()))
        guest.file.keep((*at, "environments", 0), environment, spelled)


def folder_name(name: str) -> str:
    """The stack's folder, as Portainer takes the name."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:40] or "stack"


def _environment(
    new: NewStack, found: Found, name: str, given: list[Old], services: list[str], domain: str, is_portainer: bool
) -> None:
    ledger, at = new.manifest.ledger, ("environments", name)
    new.manifest.add(at, {})
    for each in given:
        if each.loc[-1] != name:
            ledger.entries.append(Entry(Fate.CHANGED, each, new.manifest.place(*at), name, _RENAMED))
    variables = _first(ledger, given, "variables")
    for index, each in enumerate(variables):
        _variable(new, (*at, "variables", index), each, name)
    for index, each in enumerate(_first(ledger, given, "files")):
        _file(new, found, (*at, "files", index), each, services, name)
    if is_portainer:
        index = len(new.manifest.get(*at, "variables") or ())
        new.manifest.add((*at, "variables", index), {"name": "AGENT_SECRET", "secret": "agentSecret"})
        ledger.settings["agentSecret", name] = "a new secret, which Portainer's server and agents share"
    labelled: set[str] = set()
    for environment in given:
        named = environment.get("services")
        for service, each in named.items() if named is not None else ():
            if service in labelled:
                ledger.leave_out(each, _TWICE)
                continue
            if service not in services:
                raise each.refuse(f"a service of the compose file: {', '.join(services)}")
            labels.labels(new.manifest, (*at, "services", service, "traefik_labels"), each, new.guest, domain)
            labelled.add(service)
    for each in _first(ledger, given, "firewall_rules"):
        firewall.rule(new.manifest, (*at, "firewall_rules"), each, of_guest=True)


def _first(ledger: Ledger, given: list[Old], key: str) -> list[Old]:
    """The entries of the first that has any; of the others nothing is taken."""
    lists = [found for each in given if (found := each.get(key)) is not None and found.data]
    for each in lists[1:]:
        ledger.leave_out(each, _TWICE)
    return [*lists[0].entries()] if lists else []


def _variable(new: NewStack, at: tuple[str | int, ...], old: Old, environment: str) -> None:
    name, value = old.need("name"), old.get("value")
    new.manifest.keep((*at, "name"), name, name.text())
    if value is None:
        raise old.refuse("a variable with name and value")
    if value.is_secret:
        setting = setting_of(new.old.name, name.text())
        new.manifest.add((*at, "secret"), setting)
        new.manifest.ledger.secret(value, setting, f"variable {name.text()} of {new.old.name}", environment)
    else:
        text = value.data if isinstance(value.data, str) else str(value.data)
        new.manifest.keep((*at, "value"), value, text)


def _file(
    new: NewStack, found: Found, at: tuple[str | int, ...], old: Old, services: list[str], environment: str
) -> None:
    source, target = old.need("source"), old.need("destination_in_container")
    path = _within(found, new.old.folder, source.text())
    if path is None:
        raise source.refuse(f"a file that lies below {new.old.folder}; it was not found there")
    new.manifest.keep((*at, "source"), source, path)
    new.manifest.keep((*at, "target"), target, target.text())
    new.manifest.add((*at, "services"), services)
    file = found.variables(f"{new.old.folder}/{path}")
    new.read.append(file)
    file.register_secrets()
    folder = new.manifest.path.rpartition("/")[0]
    written, secrets = variables_file(found, file, f"{folder}/{path}", new.manifest.ledger, new.old.name, environment)
    new.texts[f"{folder}/{path}"] = written
    _secret_variables(new, [Variable(each, environment) for each in secrets])
    for name in secrets:
        for service in services:
            _pass_on(new.compose, service, name)


def _within(found: Found, folder: str, source: str) -> str | None:
    """The file of the folder whose path ends like the source does."""
    parts = PurePosixPath(source).parts
    for start in range(len(parts)):
        rest = str(PurePosixPath(*parts[start:]))
        if not rest.startswith("/") and ".." not in parts and (found.root / folder / rest).is_file():
            return rest
    return None


def _secret_variables(new: NewStack, secrets: list[Variable]) -> None:
    """Each as a variable of its environment, or of all."""
    for each in secrets:
        for name in [each.environment] if each.environment else [*new.manifest.data["environments"]]:
            at = ("environments", name, "variables")
            known = {variable["name"] for variable in new.manifest.get(*at) or ()}
            if each.name not in known:
                made = {"name": each.name, "secret": setting_of(new.old.name, each.name)}
                new.manifest.add((*at, len(known)), made)
                what = f"variable {each.name} of {new.old.name}"
                new.manifest.ledger.settings.setdefault((made["secret"], name), what)


def _pass_on(compose: NewFile, service: str, name: str) -> None:
    """The service gets the variable, which stood in a file."""
    why = "the value stood in a file of variables, where it would be a secret for everybody to read"
    environment = compose.get("services", service, "environment")
    value = f"${{{name}:-}}"
    if not environment:
        compose.add(("services", service, "environment"), {name: value}, why)
    elif isinstance(environment, list):
        if not any(str(each).partition("=")[0] == name for each in environment):
            compose.add(("services", service, "environment", len(environment)), f"{name}={value}", why)
    elif name not in environment:
        compose.add(("services", service, "environment", name), value, why)


def hosts(new: NewStack) -> list[str]:
    """Host names in the rules of its labels, whatever the environment."""
    found: list[str] = []
    for environment in new.manifest.data["environments"].values():
        for service in (environment.get("services") or {}).values():
            for label in service.get("traefik_labels") or ():
                found += re.findall(r"`([A-Za-z0-9.-]+)`", label) if ".rule=" in label else []
    return found


def external_networks(new: NewStack) -> list[str]:
    """Networks that exist outside of its compose file."""
    networks = new.compose.get("networks")
    given = networks.items() if isinstance(networks, dict) else ()
    return [name for key, value in given if (name := external_name(key, value)) not in ("", "host", "none")]
