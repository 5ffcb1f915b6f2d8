"""What looks at the client's address: to Traefik every request is the gateway's, which names the client in a header.

https://doc.traefik.io/traefik/middlewares/http/ipallowlist/#ipstrategy ; an allow-list that has the LAN in it would let
everybody in, a rate limit would count all clients as one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.traefik.rule import Both, Either, Matcher, Not, Rule

_WHY = "to Traefik every request comes from the gateway, which names the client in X-Forwarded-For"
_CRITERIA = ("requestHeaderName", "requestHost")


def blind(kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The field of a middleware that would take the gateway for every client, with what is allowed."""
    if kind in ("ipAllowList", "ipWhiteList") and not _depth(fields):
        yield "sourceRange", f"ipStrategy.depth=1 beside it: {_WHY}"
    criterion = fields.get("sourceCriterion") or {}
    if kind == "rateLimit" and not _depth(criterion) and not any(criterion.get(each) for each in _CRITERIA):
        yield "sourceCriterion", f"sourceCriterion.ipStrategy.depth=1: {_WHY}"


def _depth(fields: Mapping[str, Any]) -> bool:
    return bool((fields.get("ipStrategy") or {}).get("depth"))


def check_rule(rule: Rule) -> None:
    """Raises ValueError for a rule that would take the gateway for every client."""
    todo = [rule]
    while todo:
        match todo.pop():
            case Matcher("ClientIP"):
                raise ValueError(f"no ClientIP(`...`), but an ipAllowList with ipStrategy.depth=1: {_WHY}")
            case Not(part):
                todo.append(part)
            case Both(left, right) | Either(left, right):
                todo += [left, right]
            case Matcher():
                pass
