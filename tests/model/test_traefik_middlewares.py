"""Middlewares that Traefik would not make, by a real one: each is refused, and what is like it is not."""

import json
from collections.abc import Iterator

import pytest

from phoenix.model.traefik.asked import asked
from phoenix.model.traefik.label import Label
from phoenix.model.traefik.regular import check_regular
from tests.plan.traefik_process import Traefik, running

REFUSED: dict[str, tuple[list[str], str]] = {
    "prefix": (["addprefix.prefix="], "addPrefix with its prefix"),
    "scheme": (["redirectscheme.port=443"], "redirectScheme with its scheme"),
    "attempts": (["retry.initialinterval=1s"], "retry with its attempts"),
    "negative attempts": (["retry.attempts=-1"], "from 1"),
    "basic user": (["basicauth.users=admin"], "NAME:HASH"),
    "one basic user of two": (["basicauth.users=admin:a,other:b:c"], "NAME:HASH"),
    "digest user": (["digestauth.users=admin:a"], "NAME:REALM:HASH"),
    "no range": (["ipallowlist.ipstrategy.depth=1"], "ipAllowList with its sourceRange"),
    "range": (["ipallowlist.sourcerange=10.0.0.0/8,office"], "addresses or networks"),
    "range with a mask": (["ipallowlist.sourcerange=10.0.0.0/255.0.0.0"], "addresses or networks"),
    "range of an interface": (["ipallowlist.sourcerange=fe80::1%eth0"], "addresses or networks"),
    "expression": (["circuitbreaker.checkperiod=1s"], "circuitBreaker with its expression"),
    "redirect": (["redirectregex.regex=^(", "redirectregex.replacement=a"], "a regular expression of Go"),
    "path": (["replacepathregex.regex=(?!a)", "replacepathregex.replacement=a"], "a regular expression of Go"),
    "origins": (["headers.accesscontrolalloworiginlistregex=a,[b"], "a regular expression of Go"),
    "answer": (
        ["forwardauth.address=http://a", "forwardauth.authresponseheadersregex=*"],
        "a regular expression of Go",
    ),
    "types": (["compress.excludedcontenttypes=a/b", "compress.includedcontenttypes=a/b"], "either"),
    "encoding": (["compress.encodings=br,deflate"], "some of gzip, br, zstd"),
    "criteria": (
        [
            "ratelimit.average=1",
            "ratelimit.sourcecriterion.requesthost=1",
            "ratelimit.sourcecriterion.requestheadername=a",
        ],
        "one of ipStrategy",
    ),
    "two kinds": (["addprefix.prefix=/a", "compress=true"], "one kind"),
}
TAKEN: dict[str, list[str]] = {
    "basic": ["basicauth.users=admin:$apr1$a,other:{SHA}b"],
    "digest": ["digestauth.users=admin:realm:a"],
    "ranges": ["ipallowlist.sourcerange=10.1.2.3/8,::1,2001:db8::/32", "ipallowlist.ipstrategy.depth=1"],
    "regex": [r"redirectregex.regex=(?i)^https?://(?P<a>\pL+|[[:alpha:]]+|x{1,2}?)\z", "redirectregex.replacement=b"],
    "escape": [r"replacepathregex.regex=^\\+/a\+\.b(?:c|d)*?$", "replacepathregex.replacement=b"],
    "types": ["compress.excludedcontenttypes=a/b", "compress.encodings=zstd"],
    "criterion": ["inflightreq.amount=1", "inflightreq.sourcecriterion.requesthost=true"],
    "breaker": ["circuitbreaker.expression=NetworkErrorRatio() > 0.3"],
}


def of(labels: list[str]) -> tuple[dict[str, object], list[str]]:
    """The fields of a middleware with these labels, and what is said of them."""
    every = [f"traefik.http.middlewares.x.{label}" for label in labels]
    every += ["traefik.http.routers.x.rule=Host(`a.test`)", "traefik.http.services.x.loadbalancer.server.port=80"]
    found = asked([Label(key, value) for key, _, value in (each.partition("=") for each in every)])
    return dict(found.middlewares[0].fields), [each.allowed for each in found.wrong]


@pytest.mark.parametrize("case", REFUSED)
def test_what_traefik_would_not_make_is_refused(case: str) -> None:
    labels, allowed = REFUSED[case]
    _, wrong = of(labels)
    assert any(allowed in each for each in wrong), wrong
    assert len(wrong) == 1


@pytest.mark.parametrize("case", TAKEN)
def test_what_it_makes_is_not(case: str) -> None:
    assert of(TAKEN[case])[1] == []


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traefik]:
    folder = tmp_path_factory.mktemp("middlewares")
    every = {
        **{f"refused {case}": of(labels)[0] for case, (labels, _) in REFUSED.items()},
        **{f"taken {case}": of(labels)[0] for case, labels in TAKEN.items()},
    }
    routers = {name: {"rule": "Host(`a.test`)", "service": "noop@internal", "middlewares": [name]} for name in every}
    (folder / "dynamic.yml").write_text(json.dumps({"http": {"routers": routers, "middlewares": every}}))
    with running(folder, "file", f"--providers.file.filename={folder}/dynamic.yml") as found:
        yield found


def test_a_real_traefik_says_the_same(served: Traefik) -> None:
    found = {name: each["status"] for name, each in served.http("routers", "file").items()}
    assert {name for name, status in found.items() if status != "enabled"} == {f"refused {case}" for case in REFUSED}


REGULAR = {
    "^/(?i)a": True, "(?i:a)b": True, "(?U)a+": True, r"\d\b\Bx\z": True, r"[\w.-]+": True, "(?<n>a)": True,
    "a{2,}": True, "[*+]": True, r"[(?=\]]+": True, r"a\++": True,
    r"\pN\p{Greek}": True, "{sub:[a-z]+}": True, "": True, r"\\1": True, "a|": True,
    "(": False, ")": False, "[a": False, "*": False, "(?=a)": False, "(?<!a)b": False, r"(a)\1": False, "a++": False,
    "(?P=n)": False, "(?>a)": False, r"a\Z": False,
}  # fmt: skip
"""Whether Go takes them."""


@pytest.mark.parametrize("text", REGULAR)
def test_regular_expressions_are_gos(text: str) -> None:
    if REGULAR[text]:
        check_regular(text)
    else:
        with pytest.raises(ValueError, match="a regular expression of Go"):
            check_regular(text)


def test_a_real_traefik_takes_the_same_regular_expressions(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("regular")
    routers = {
        f"r{n}": {"rule": f"PathRegexp(`{text}`)", "service": "noop@internal"} for n, text in enumerate(REGULAR) if text
    }
    (folder / "dynamic.yml").write_text(json.dumps({"http": {"routers": routers}}))
    with running(folder, "file", f"--providers.file.filename={folder}/dynamic.yml") as found:
        status = {each["rule"][12:-2]: each["status"] == "enabled" for each in found.http("routers", "file").values()}
    assert status == {text: taken for text, taken in REGULAR.items() if text}
