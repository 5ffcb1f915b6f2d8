"""Live stacks: the file that was deployed, without what the product puts into it again, and its variables."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate, Ledger, Place
from phoenix.importing.live.pinning import unpinned
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old, OldFile
from phoenix.importing.secrets import is_secret
from phoenix.importing.variable import setting_of
from phoenix.model.compose.variables import VariableError
from phoenix.model.stack import config_base, external_name

_ORDER = ("description", "deployed_by", "placement", "environments")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ROUTER = re.compile(r"traefik\.http\.routers\.([^.]+)\.")
_HOST = re.compile(r"`([A-Za-z0-9.-]+)`")


class InexpressibleError(Exception):
    """The stack cannot be said; the text tells why."""


@dataclass
class LiveStack:
    """A stack on its way: both files, its Docker configs' files by their paths."""

    name: str
    guest: NewGuest
    manifest: NewFile
    compose: NewFile
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def routers(self) -> frozenset[str]:
        """Routers of Traefik that its labels name."""
        return frozenset(match[1] for key, _ in _labels(self.compose.data) if (match := _ROUTER.match(key)))

    @property
    def hosts(self) -> frozenset[str]:
        """Host names in the rules of its labels."""
        rules = (value for key, value in _labels(self.compose.data) if key.endswith(".rule"))
        return frozenset(host.lower() for rule in rules for host in _HOST.findall(rule))


def stacks(
    ledger: Ledger, found: Mapping[str, OldFile], guests: Mapping[int, NewGuest], environment: str
) -> list[LiveStack]:
    """Those of the environment; of the others the report tells why not."""
    made: list[LiveStack] = []
    for name, old in sorted(found.items()):
        # what was noted for a stack that then cannot be said must not stay
        attempt = Ledger()
        try:
            stack = _stack(attempt, name, old, guests, environment)
        except InexpressibleError as error:
            ledger.missing.append(f"the stack {name}, which stays as it is: {error}")
            ledger.leave_out(old.top, str(error))
            continue
        except (ValidationError, VariableError, KeyError, AttributeError, TypeError) as error:
            why = f"its file is not understood: {' '.join(str(error).split())[:200]}"
            ledger.missing.append(f"the stack {name}, which stays as it is: {why}")
            ledger.leave_out(old.top, why)
            continue
        ledger.take(attempt)
        stack.manifest.ledger = stack.compose.ledger = ledger
        listed = len(stack.guest.file.get("docker_stacks") or ())
        stack.guest.file.add(("docker_stacks", listed), stack.name)
        made.append(stack)
    return made


def _stack(ledger: Ledger, name: str, old: OldFile, guests: Mapping[int, NewGuest], environment: str) -> LiveStack:
    top = old.top
    stem = name.removesuffix(f"-{environment}")
    if stem == name and top.need("ours").data:
        raise InexpressibleError(f"it belongs to another environment than {environment}: import that one apart")
    if stem == name:
        raise InexpressibleError(f"the product calls it {name}-{environment}, and would deploy another one beside it")
    if not _NAME.fullmatch(stem):
        raise InexpressibleError("a stack's name has small letters, digits, - and _, at most 40")
    data = top.get("data")
    if data is None or not isinstance(data.data, dict) or not isinstance(data.data.get("services"), dict):
        raise InexpressibleError("nothing tells the file that it was deployed from")
    guest = _guest(top, data.data, guests)
    folder = f"stacks/{stem}"
    new = LiveStack(
        stem, guest, NewFile(f"{folder}/stack.yaml", ledger, order=_ORDER), NewFile(f"{folder}/compose.yaml", ledger)
    )
    compose: dict[str, Any] = copy.deepcopy(data.data)
    at = ("environments", environment)
    new.manifest.add(("description",), f"Imported: {stem}.")
    new.manifest.keep(("deployed_by",), top.need("deployed_by"))
    new.manifest.add(at, {})
    secret = _variables(new, top, environment)
    _secrets_in_text(new, data, compose, secret, environment)
    _docker_secrets(top, compose)
    _configs(new, top, compose, environment)
    placement = unpinned(stem, compose, new.manifest.data, environment, guest.name)
    if placement:
        new.manifest.add(("placement",), placement)
    new.compose.data.update(compose)
    for leaf in data.leaves():
        if not ledger.is_known(leaf):
            ledger.note(Fate.KEPT, leaf, new.compose.place())
    for leaf in top.leaves():
        if not ledger.is_known(leaf):
            ledger.note(Fate.SPELLED, leaf, new.manifest.place("environments", environment))
    return new


def _guest(top: Old, compose: Mapping[str, Any], guests: Mapping[int, NewGuest]) -> NewGuest:
    """The machine that lists it: that of its environment in Portainer, the one it is pinned to, or the manager."""
    endpoint = top.get("endpoint")
    machines = [each for each in guests.values() if each.file.get("type") == "vm"]
    if endpoint is not None:
        found = [each for each in machines if each.file.get("portainer", "environment") == endpoint.data]
    else:
        text = str([service.get("deploy") for service in compose["services"].values() if service])
        found = [each for each in machines if each.file.get("swarm") and f"node.hostname == {each.name}'" in text]
        found = found or [each for each in machines if each.file.get("swarm", "role") == "manager"]
    if not found:
        raise InexpressibleError("no machine of the configuration has its environment, or leads the Swarm")
    return found[0]


def _variables(new: LiveStack, top: Old, environment: str) -> frozenset[str]:
    """Every variable that it was deployed with, a secret one by its setting; the names of those."""
    secret: set[str] = set()
    given = top.get("settings")
    settings = given.mapping_data() if given is not None and given.data else {}
    for name, each in top.need("variables").items() if top.need("variables").data else ():
        at = (
            "environments",
            environment,
            "variables",
            len(new.manifest.get("environments", environment, "variables") or ()),
        )
        if name in settings:
            new.manifest.add(at, {"name": name, "secret": settings[name]})
            new.manifest.ledger.note(Fate.SECRET, each, why=f"the setting {settings[name]} holds it already")
            secret.add(name)
        elif each.is_secret:
            setting = setting_of(new.name, name)
            new.manifest.add(at, {"name": name, "secret": setting})
            new.manifest.ledger.secret(each, setting, f"variable {name} of {new.name}", environment)
            secret.add(name)
        else:
            new.manifest.add((*at, "name"), name)
            new.manifest.keep((*at, "value"), each, str(each.data))
    return frozenset(secret)


def _secrets_in_text(
    new: LiveStack, data: Old, compose: dict[str, Any], known: frozenset[str], environment: str
) -> None:
    for leaf in data.leaves():
        if not leaf.is_secret:
            continue
        steps = leaf.loc[len(data.loc) :]
        if len(steps) != 4 or steps[0] != "services" or steps[2] != "environment":
            raise InexpressibleError("its file holds what looks like a secret outside of a service's environment")
        in_list = isinstance(steps[3], int)
        name = str(leaf.data).partition("=")[0] if in_list else str(steps[3])
        compose["services"][steps[1]]["environment"][steps[3]] = f"{name}=${{{name}}}" if in_list else f"${{{name}}}"
        setting = setting_of(new.name, name)
        new.manifest.ledger.secret(leaf, setting, f"variable {name} of {new.name}", environment)
        if name not in known:
            every = new.manifest.get("environments", environment, "variables") or ()
            at = ("environments", environment, "variables", len(every))
            new.manifest.add(at, {"name": name, "secret": setting})


def _docker_secrets(top: Old, compose: dict[str, Any]) -> None:
    """Each by its base name: the product knows which version is in use."""
    bases = top.need("secrets").mapping_data() if top.need("secrets").data else {}
    for key, value in (compose.get("secrets") or {}).items():
        name = external_name(key, value)
        if name in bases:
            base = bases[name]
            compose["secrets"][key] = {"external": True} if base == key else {"external": True, "name": base}


def _configs(new: LiveStack, top: Old, compose: dict[str, Any], environment: str) -> None:
    """Each as a file of the stack's folder, by the way that gives the same name again."""
    folder = new.manifest.path.rpartition("/")[0]
    known = top.need("configs")
    declared = compose.get("configs") or {}
    for key, value in [*declared.items()]:
        name = external_name(key, value)
        info = known.get(name) if known.data else None
        base = str(info.data.get("base", "")) if info is not None else ""
        if info is None or not base:
            raise InexpressibleError(f"its Docker config {name or key} is none that the product made")
        content = info.need("content")
        if any(is_secret("", line) for line in content.text().splitlines()):
            raise InexpressibleError(f"its Docker config {base} holds what looks like a secret, which no file may hold")
        users = [*_users(compose, key)]
        source = base.removeprefix(f"{new.name}-")
        if (
            key == name
            and config_base(new.name, source) == base
            and all(set(each) == {"source", "target"} for _, each in users)
        ):
            del declared[key]
            for target in dict.fromkeys(str(each["target"]) for _, each in users):
                files = new.manifest.get("environments", environment, "files") or ()
                services = [service for service, each in users if each["target"] == target]
                made = {"source": source, "target": target, "services": services}
                new.manifest.add(("environments", environment, "files", len(files)), made)
            for service, each in users:
                compose["services"][service]["configs"].remove(each)
                if not compose["services"][service]["configs"]:
                    del compose["services"][service]["configs"]
        else:
            source = base
            declared[key] = {"file": f"./{base}", "name": base}
        new.texts[f"{folder}/{source}"] = content.text()
        new.manifest.ledger.note(Fate.KEPT, info, Place(f"{folder}/{source}", ()))
    if "configs" in compose and not declared:
        del compose["configs"]


def _users(compose: Mapping[str, Any], key: str) -> Iterator[tuple[str, Any]]:
    for name, service in compose["services"].items():
        for each in service.get("configs") or ():
            if each == key or (isinstance(each, Mapping) and each.get("source") == key):
                yield name, each


def _labels(compose: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for service in (compose.get("services") or {}).values():
        for part in (service or {}, (service or {}).get("deploy") or {}):
            given = part.get("labels") or {}
            if isinstance(given, Mapping):
                yield from ((str(key), str(value)) for key, value in given.items())
            else:
                yield from ((str(each).partition("=")[0], str(each).partition("=")[2]) for each in given)
