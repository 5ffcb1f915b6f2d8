"""Middlewares whose fields are right one by one, but of which Traefik makes none: it would not serve their routers."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.traefik.regular import check_regular

_REGULAR = {
    "redirectRegex": "regex",
    "replacePathRegex": "regex",
    "stripPrefixRegex": "regex",
    "headers": "accessControlAllowOriginListRegex",
    "forwardAuth": "authResponseHeadersRegex",
}
_NEEDED = {
    "addPrefix": "prefix",
    "redirectScheme": "scheme",
    "retry": "attempts",
    "ipAllowList": "sourceRange",
    "ipWhiteList": "sourceRange",
    "circuitBreaker": "expression",
}
_PARTS = {"basicAuth": 2, "digestAuth": 3}
_ENCODINGS = ("gzip", "br", "zstd")
_CRITERIA = ("ipStrategy", "requestHeaderName", "requestHost")


def unbuildable(kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each field that is wrong, or is missing, with what is allowed."""
    if (needed := _NEEDED.get(kind)) and not fields.get(needed):
        yield needed, f"{kind} with its {needed}"
    if (regular := _REGULAR.get(kind)) and (given := fields.get(regular)):
        for text in given if isinstance(given, list) else [given]:
            try:
                check_regular(text)
            except ValueError as error:
                yield regular, str(error)
    if kind in _PARTS:
        wanted = "NAME:HASH" if kind == "basicAuth" else "NAME:REALM:HASH"
        for user in fields.get("users") or ():
            if user.count(":") != _PARTS[kind] - 1:
                yield "users", f"{wanted}, several with commas between them"
    if kind in ("ipAllowList", "ipWhiteList"):
        yield from (("sourceRange", _NETWORK) for each in fields.get("sourceRange") or () if not is_network(each))
    if kind == "retry" and (fields.get("attempts") or 0) < 0:
        yield "attempts", "a number from 1"
    if kind == "compress":
        if fields.get("excludedContentTypes") and fields.get("includedContentTypes"):
            yield "includedContentTypes", "either excludedContentTypes or includedContentTypes"
        if any(each not in _ENCODINGS for each in fields.get("encodings") or ()):
            yield "encodings", f"some of {', '.join(_ENCODINGS)}"
    criterion = fields.get("sourceCriterion") or {}
    if sum(bool(criterion.get(each)) for each in _CRITERIA) > 1:
        yield "sourceCriterion", f"one of {', '.join(_CRITERIA)}"


_NETWORK = "addresses or networks, 10.0.0.0/8, with commas between them"


def is_network(text: str) -> bool:
    """Whether it is an address, or a network with its prefix."""
    address, slash, prefix = text.partition("/")
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return "%" not in address and (not slash or prefix.isdigit())
