"""Rules of routers: which hosts they name, and that they are read as a real Traefik reads them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.model.traefik.rule import MOST_ALTERNATIVES, hosts, parse
from tests.plan.traefik_process import Traefik, running

NAMED: list[tuple[str, tuple[str, ...]]] = [
    ("Host(`a.test`)", ("a.test",)),
    ('Host("A.Test")', ("a.test",)),
    ("Host(`b.test`) || Host(`a.test`) || Host(`b.test`)", ("b.test", "a.test")),
    ("Host(`a.test`) && PathPrefix(`/x`)", ("a.test",)),
    ("PathPrefix(`/x`) && Host(`a.test`)", ("a.test",)),
    ("(Host(`a.test`) || Host(`b.test`)) && (Path(`/`) || Path(`/x`))", ("a.test", "b.test")),
    ("Host(`a.test`) && !Host(`b.test`)", ("a.test",)),
    ("!(!Host(`a.test`) || Path(`/x`))", ("a.test",)),
    ("!!Host(`a.test`)", ("a.test",)),
    ("Host(`a.test`) && !(Path(`/x`) && Method(`GET`))", ("a.test",)),
    ("Host(`a.test`) && HostRegexp(`.`)", ("a.test",)),
    ("Path(`/x`) && Host(`a.test`) || Host(`b.test`)", ("a.test", "b.test")),
]


@pytest.mark.parametrize(("rule", "wanted"), NAMED, ids=[rule for rule, _ in NAMED])
def test_every_host_of_a_rule_is_found(rule: str, wanted: tuple[str, ...]) -> None:
    assert hosts(parse(rule)) == wanted


_NO_NAME = "a Host(`...`) of its own"
NAMELESS: list[tuple[str, str]] = [
    ("PathPrefix(`/x`)", _NO_NAME),
    ("HostRegexp(`^.+$`)", _NO_NAME),
    ("!Host(`a.test`)", _NO_NAME),
    ("Host(`a.test`) || PathPrefix(`/x`)", _NO_NAME),
    # && binds before ||
    ("Host(`a.test`) && Path(`/x`) || Path(`/y`)", _NO_NAME),
    ("!(Host(`a.test`) && Path(`/x`))", _NO_NAME),
    ("!(!Host(`a.test`) && Path(`/x`))", _NO_NAME),
    ("Host(`app`)", "with its domain"),
    ("Host(`10.0.0.1`)", "with its domain"),
    ("Host(`*.a.test`)", "with its domain"),
    ("Host(`a.test.`)", "with its domain"),
    (" && ".join(f"(Host(`a{n}.test`) || Host(`b{n}.test`))" for n in range(40)), f"at most {MOST_ALTERNATIVES}"),
]


@pytest.mark.parametrize(("rule", "allowed"), NAMELESS, ids=[rule[:40] for rule, _ in NAMELESS])
def test_a_rule_that_lets_in_unnamed_hosts_is_refused(rule: str, allowed: str) -> None:
    with pytest.raises(ValueError) as refused:
        hosts(parse(rule))
    assert allowed in str(refused.value)


REFUSED: list[tuple[str, str]] = [
    ("Host(`a.test`, `b.test`)", "joined by ||: several in one are of Traefik 2"),
    ("Host(`a.test`) Host(`b.test`)", "&& or ||"),
    ("Host(`a.test`) & Path(`/`)", "what begins at &"),
    ("Host('a.test')", "what begins at 'a.test'"),
    ("Host(a.test)", "what begins at .test"),
    ("Host(a)", "an argument in backticks or double quotes"),
    ("Host()", "an argument in backticks or double quotes"),
    ("Host(``)", "no empty argument"),
    ("Host(`a.test`", ") instead of its end"),
    ("(Host(`a.test`)", ") instead of its end"),
    ("Host(`a.test`))", "&& or ||"),
    ("Hosts(`a.test`)", "a matcher: Host, HostRegexp"),
    ("Headers(`a`, `b`)", "a matcher"),
    ("hOst(`a.test`)", "a matcher"),
    ("&& Host(`a.test`)", "a matcher"),
    ("Host(`a.test`) ||", "a matcher"),
    ("Path(`x`)", "begins with /"),
    ("PathPrefix(`x`)", "begins with /"),
    ("Header(`a`)", "2 arguments of Header, not 1"),
    ("Query(`a`, `b`, `c`)", "1 or 2 arguments of Query, not 3"),
    ("Method(`GET`, `POST`)", "1 argument of Method, not 2"),
    ("Host(`a.test`)\n|| Host(`b.test`)", "line breaks"),
    ("Host(`a.test`) and Path(`/`)", "&& or ||"),
    ('Host("a\\xtest")', "backticks"),
]
TAKEN = [
    *(rule for rule, _ in (*NAMED, *NAMELESS)),
    "HOST(`a.test`) && path(`/x`) && Hostregexp(`x`) && PATHPREFIX(`/`)",
    "Host(`a.test`) ||\n\tHost(`b.test`)\n",
    'Header("X", "a\\"b") && Query(`a`) && QueryRegexp(`a`, `b`) && HeaderRegexp(`a`, `b|c`)',
    "Host(`a.test`)&&!Method(`POST`)||ClientIP(`10.0.0.0/8`)",
]


@pytest.mark.parametrize(("rule", "allowed"), REFUSED, ids=[rule for rule, _ in REFUSED])
def test_what_is_no_rule_is_refused(rule: str, allowed: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse(rule)
    assert allowed in str(refused.value)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traefik]:
    folder: Path = tmp_path_factory.mktemp("rules")
    rules = [*TAKEN, *(rule for rule, _ in REFUSED)]
    routers = {f"r{n}": {"rule": rule, "service": "noop@internal"} for n, rule in enumerate(rules)}
    (folder / "dynamic.yml").write_text(json.dumps({"http": {"routers": routers}}))
    with running(folder, "file", f"--providers.file.filename={folder}/dynamic.yml") as found:
        yield found


def test_a_real_traefik_takes_and_refuses_the_same(served: Traefik) -> None:
    for rule in TAKEN:
        parse(rule)
    found = {each["rule"]: each["status"] for each in served.http("routers", "file").values()}
    assert {rule for rule, status in found.items() if status == "enabled"} == set(TAKEN)
    assert {rule for rule, status in found.items() if status != "enabled"} == {rule for rule, _ in REFUSED}
