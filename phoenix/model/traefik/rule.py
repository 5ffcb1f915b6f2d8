"""Traefik 3's rules for HTTP routers: https://doc.traefik.io/traefik/routing/routers/#rule

It reads them as expressions of Go, in which `!` binds before `&&`, and that before `||`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from phoenix.model.traefik.buildable import is_network
from phoenix.model.traefik.regular import check_regular
from phoenix.vocabulary.names import LABEL
from phoenix.vocabulary.network import is_address

ARGUMENTS = {
    **dict.fromkeys(("Host", "HostRegexp", "Path", "PathPrefix", "PathRegexp", "Method", "ClientIP"), (1,)),
    **dict.fromkeys(("Header", "HeaderRegexp"), (2,)),
    **dict.fromkeys(("Query", "QueryRegexp"), (1, 2)),
}
"""How many arguments each matcher takes."""

_SPELLINGS = {
    spelt: name for name in ARGUMENTS for spelt in (name, name.lower(), name.upper(), name.lower().capitalize())
}
MOST_ALTERNATIVES = 200
MOST_MATCHERS = 200
"""Names, signs and parentheses nest; each level takes room."""
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z]+)|(?P<raw>`[^`]*`)|(?P<quoted>"(?:[^"\\\n]|\\.)*")|(?P<sign>&&|\|\||[!(),]))"""
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}
_NAME = re.compile(rf"{LABEL}(?:\.{LABEL})+")


@dataclass(frozen=True)
class Matcher:
    """`Path("/x")`."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Not:
    """`!part`."""

    part: "Rule"


@dataclass(frozen=True)
class Both:
    """`left && right`."""

    left: "Rule"
    right: "Rule"


@dataclass(frozen=True)
class Either:
    """`left || right`."""

    left: "Rule"
    right: "Rule"


Rule = Matcher | Not | Both | Either


def parse(text: str) -> Rule:
    """The rule; raises ValueError, which says what is allowed instead."""
    if text.count("(") > MOST_MATCHERS:
        raise ValueError(f"a rule of at most {MOST_MATCHERS} matchers: make several routers of it")
    return _Parser(text).rule()


def hosts(rule: Rule) -> tuple[str, ...]:
    """The host names that requests of this rule may be for, in lower case, each once.

    Raises ValueError for a rule that lets in requests for hosts that it does not name: DNS, the gateway and its
    certificate must know them.
    """
    alternatives = _alternatives(rule, positive=True)
    if not all(alternatives):
        raise ValueError(
            "each alternative of the rule with a Host(`...`) of its own: "
            "DNS and the gateway's certificate need names, not patterns or paths alone"
        )
    found = tuple(dict.fromkeys(host for each in alternatives for host in each))
    for host in found:
        if not _NAME.fullmatch(host) or len(host) > 253 or is_address(host):
            raise ValueError(f"a host name with its domain in Host(`...`), app.example.net; not {host}")
    return found


def _alternatives(rule: Rule, *, positive: bool) -> list[tuple[str, ...]]:
    """The hosts that each alternative of the disjunctive form names, in an order that does not change."""
    match rule:
        case Matcher(name, arguments):
            return [arguments if positive and name == "Host" else ()]
        case Not(part):
            return _alternatives(part, positive=not positive)
        case Both(left, right) | Either(left, right):
            sides = _alternatives(left, positive=positive), _alternatives(right, positive=positive)
            if isinstance(rule, Either) is positive:
                found = [*sides[0], *sides[1]]
            else:
                found = [tuple(dict.fromkeys((*one, *other))) for one in sides[0] for other in sides[1]]
            if len(found := list(dict.fromkeys(found))) > MOST_ALTERNATIVES:
                raise ValueError(f"a rule of at most {MOST_ALTERNATIVES} alternatives: make several routers of it")
            return found


class _Parser:
    """One pass over the text, from the left."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*_tokens(text)]
        self._at = 0

    def rule(self) -> Rule:
        rule = self._either()
        if self._peek():
            raise self._refused("&& or ||")
        return rule

    def _either(self) -> Rule:
        rule = self._both()
        while self._take("||"):
            rule = Either(rule, self._both())
        return rule

    def _both(self) -> Rule:
        rule = self._unary()
        while self._take("&&"):
            rule = Both(rule, self._unary())
        return rule

    def _unary(self) -> Rule:
        if self._take("!"):
            return Not(self._unary())
        if self._take("("):
            rule = self._either()
            self._expect(")")
            return rule
        return self._matcher()

    def _matcher(self) -> Matcher:
        spelt = self._peek()
        name = _SPELLINGS.get(spelt)
        if name is None:
            raise self._refused("a matcher: " + ", ".join(ARGUMENTS))
        self._at += 1
        self._expect("(")
        arguments = [self._argument()]
        while self._take(","):
            arguments.append(self._argument())
        self._expect(")")
        if len(arguments) not in ARGUMENTS[name]:
            raise ValueError(_counted(name, len(arguments)))
        if not all(arguments):
            raise ValueError(f"no empty argument of {name}")
        if name in ("Path", "PathPrefix") and not arguments[0].startswith("/"):
            raise ValueError(f"a path that begins with / in {name}(`{arguments[0]}`)")
        if name.startswith("Host") and not arguments[0].isascii():
            raise ValueError(f"{name} of plain letters: names of other scripts in their form of DNS, xn--...")
        if name.endswith("Regexp"):
            check_regular(arguments[-1] if name != "QueryRegexp" or len(arguments) > 1 else "")
        if name == "ClientIP" and not is_network(arguments[0]):
            raise ValueError(f"an address or a network in ClientIP(`...`); not {arguments[0]}")
        # DNS tells no capitals
        return Matcher(name, tuple(each.lower() if name == "Host" else each for each in arguments))

    def _argument(self) -> str:
        token = self._peek()
        if token[:1] not in ("`", '"') or not token:
            raise self._refused("an argument in backticks or double quotes")
        self._at += 1
        # Go drops carriage returns of a raw string
        return token[1:-1].replace("\r", "") if token[0] == "`" else _unquoted(token)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, sign: str) -> bool:
        taken = self._peek() == sign
        self._at += taken
        return taken

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._refused(sign)

    def _refused(self, wanted: str) -> ValueError:
        return ValueError(f"a rule of Traefik 3: {wanted} instead of {self._peek() or 'its end'}")


def _tokens(text: str) -> Iterator[str]:
    at, before = 0, ""
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"a rule of Traefik 3: what begins at {text[at:].strip()[:20]} is not understood")
        token = text[at : found.end()].lstrip()
        # there Go ends its statement
        if "\n" in text[at : found.end() - len(token)] and (before[-1:] in (")", "`", '"') or before.isalpha()):
            raise ValueError("a rule with its line breaks behind && , || , ( and commas only")
        yield token
        at, before = found.end(), token


def _unquoted(token: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise ValueError(f"backticks around an argument with {match[0]}")
        return _ESCAPES[match[1]]

    return _ESCAPE.sub(value, token[1:-1])


def _counted(name: str, count: int) -> str:
    if name == "Host":
        return "one name in each Host(`...`), joined by ||: several in one are of Traefik 2"
    wanted = " or ".join(map(str, ARGUMENTS[name]))
    return f"{wanted} argument{'s' * (wanted != '1')} of {name}, not {count}"
