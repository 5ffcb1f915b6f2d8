"""Sources of secrets and configs in `stack.yaml`, against the compose file, the files beside it and each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from phoenix.model import sourced
from phoenix.model.checks.certificates import OWN_SECRETS
from phoenix.model.document import Loc
from phoenix.model.draft import Draft
from phoenix.model.in_environment import InEnvironment
from phoenix.model.problem import Problem
from phoenix.model.sops_file import is_encrypted
from phoenix.model.stack import config_base, external_name
from phoenix.model.stack_sources import ConfigSource, SecretSource
from phoenix.vocabulary.names import ObjectBase
from phoenix.vocabulary.numbers import HELD_BYTES

_BASE: TypeAdapter[str] = TypeAdapter(ObjectBase)
Source = SecretSource | ConfigSource


def _sections(each: InEnvironment) -> tuple[tuple[str, Mapping[str, Source]], ...]:
    return ("secrets", each.environment.secrets), ("configs", each.environment.configs)


def _loc(each: InEnvironment, section: str, key: str) -> Loc:
    return "environments", each.name, section, key


def declared(draft: Draft) -> Iterator[Problem]:
    """A source of what the compose file does not declare, or has a source of itself."""
    for each in draft.in_environments:
        for section, sources in _sections(each):
            found = each.section(section)
            for key, source in sources.items():
                loc = _loc(each, section, key)
                if key not in found:
                    allowed = f"a key of compose.yaml's own {section}: {', '.join(map(str, found)) or 'none'}"
                    yield each.stack.problem(*loc, value=key, allowed=allowed)
                elif external_name(key, found[key]) not in ("", source.external):
                    there = each.document.at((section, key))
                    allowed = f"external: {external_name(key, found[key])}, for {there} says so"
                    yield each.stack.problem(*loc, allowed=allowed)
                else:
                    yield from _others(each, (section, key), found[key])


def _others(each: InEnvironment, loc: Loc, found: Any) -> Iterator[Problem]:
    for key in found if isinstance(found, Mapping) else ():
        if key not in ("name", "external") and not str(key).startswith("x-"):
            yield each.problem((*loc, key), "nothing but a name: stack.yaml has its source")
    if isinstance(found, Mapping) and "name" in found and not found.get("external"):
        source: Source | None = dict(_sections(each))[str(loc[0])].get(str(loc[1]))
        if source is not None and source.external is not None:
            yield each.problem((*loc, "name"), "no name: stack.yaml says what the external one is called")


def encrypted(draft: Draft) -> Iterator[Problem]:
    """A secret's file that lies there for everybody to read."""
    for each in draft.stacks:
        for name, environment in each.item.environments.items():
            for key, secret in environment.secrets.items():
                text = each.item.encrypted.get(secret.file or "")
                if secret.file and text is not None and not is_encrypted(secret.file, text):
                    loc = ("environments", name, "secrets", key, "file")
                    allowed = f"a file that SOPS has encrypted: `sops encrypt --age RECIPIENT --in-place {secret.file}`"
                    yield each.problem(*loc, allowed=allowed)


def sizes(draft: Draft) -> Iterator[Problem]:
    """A file that is too large for a Docker config, or empty."""
    for each in draft.in_environments:
        if each.wrong:
            continue
        for key, config in each.section("configs").items():
            text = each.stack.item.contents.get(_path(each, key, config))
            if text is not None and not 0 < len(text.encode()) < HELD_BYTES:
                own = isinstance(config, Mapping) and "file" in config
                allowed = f"a file of 1 to {HELD_BYTES - 1} bytes, as Docker takes it; it has {len(text.encode())}"
                if own:
                    yield each.problem(("configs", key, "file"), allowed)
                else:
                    yield each.stack.problem(*_loc(each, "configs", key), "file", allowed=allowed)


def _path(each: InEnvironment, key: str, config: Any) -> str:
    try:
        return each.environment.config_path(key, config)
    except ValueError:
        # the loader tells of a path that leads out of the folder
        return ""


def names(draft: Draft) -> Iterator[Problem]:
    """One whose name the engine does not take with a version behind it."""
    for each in draft.in_environments:
        for section, key, base, _ in _made(each):
            try:
                _BASE.validate_python(base)
            except ValidationError:
                allowed = (
                    f"another name, by `name` in compose.yaml: the engine takes no {section[:-1]} {base} with a "
                    "version behind it"
                )
                yield each.stack.problem(*_loc(each, section, key), allowed=allowed)


def _made(each: InEnvironment) -> Iterator[tuple[str, str, str, Source]]:
    """Section, key, base name and source of what the product makes of settings and secret files, or draws."""
    if each.wrong:
        return
    stack = each.stack.item
    for section, found in (
        ("secrets", sourced.secrets(stack, each.name)),
        ("configs", sourced.configs(stack, each.name)),
    ):
        yield from ((section, one.key, one.base, one.source) for one in found if one.source.external is None)


def claims(draft: Draft) -> Iterator[Problem]:
    """One name in the Swarm for two values: of two stacks, of two environments, or of a stack and a certificate."""
    first: dict[tuple[str, str], tuple[object, str]] = {
        ("secrets", name): (None, "the product itself") for name in OWN_SECRETS
    }
    for certificate in draft.certificates:
        for name in certificate.item.docker_secrets.names if certificate.item.docker_secrets else ():
            first["secrets", name] = None, certificate.place("docker_secrets")
    for listing in draft.listings:
        each = draft.in_environment(listing.stack.item.name, listing.environment)
        if each is None or each.wrong:
            continue
        taken = dict(first)
        for section, key, base, value, place in _claimed(each):
            # of two files of one stack another check tells
            other, where = taken.get((section, base), (value, place))
            first.setdefault((section, base), (value, place))
            if other != value:
                allowed = f"a name of its own, by `name` in compose.yaml: {where} makes {base} of something else"
                loc = _loc(each, section, key)
                if each.stack.document.value(loc) is not None:
                    yield each.stack.problem(*loc, allowed=allowed)
                else:
                    yield each.problem((section, key), allowed)


def _claimed(each: InEnvironment) -> Iterator[tuple[str, str, str, object, str]]:
    """Section, key, base name, what tells the value from another, and the place."""
    stack = each.stack.item
    for section, key, base, source in _made(each):
        # a file is one of this stack; a setting or a drawn value is the same for all
        value = (stack.name, source) if isinstance(source, SecretSource) and source.file else source
        yield section, key, base, value, each.stack.place(*_loc(each, section, key))
    for key, config in each.section("configs").items():
        if path := _path(each, key, config):
            base = config_base(stack.name, path, (config or {}).get("name", ""))
            own = isinstance(config, Mapping) and "file" in config
            place = str(each.document.at(("configs", key))) if own else each.stack.place(*_loc(each, "configs", key))
            yield "configs", key, base, stack.contents.get(path), place


CHECKS = (declared, encrypted, sizes, names, claims)
