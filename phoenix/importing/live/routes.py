"""Traefik's routes to guests: what becomes their `traefik_service`. Those of stacks follow from labels."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate, Ledger
from phoenix.importing.old import Old, OldFile

_HOST = re.compile(r"Host\(`([A-Za-z0-9.-]+)`\)")
_OWN = "bridge-restart"
"""The middleware of every route of the product's own."""


def services(
    ledger: Ledger, found: OldFile | None, guests: Mapping[int, NewGuest], domain: str, of_stacks: frozenset[str]
) -> dict[str, str]:
    """Host -> the router of each service that was written. `of_stacks` are routers of stacks' labels."""
    made: dict[str, str] = {}
    if found is None:
        ledger.missing.append("Traefik's routes: no guest that answers runs it")
        return made
    by_address = {each.ip: each for each in guests.values() if each.ip}
    for name, router in found.top.need("routers").items():
        if name in of_stacks:
            ledger.leave_out(router, "it follows from the labels of a stack")
        elif "@" in str(router.mapping_data().get("service", "")):
            ledger.leave_out(router, "Traefik's own pages, which the product serves as well")
        elif why := _service(found.top, name, router, by_address, domain, made):
            ledger.leave_out(router, why)
            ledger.missing.append(f"the route {name}: {why}")
    for key in ("services", "middlewares"):
        for _, each in found.top.need(key).items():
            for leaf in each.leaves():
                if not ledger.is_known(leaf):
                    ledger.leave_out(leaf, "it follows from the route, or belongs to one that is told elsewhere")
    return made


def _service(
    top: Old, name: str, router: Old, by_address: Mapping[str, NewGuest], domain: str, made: dict[str, str]
) -> str:
    """Writes the service; otherwise the reason why not."""
    rule = router.need("rule").text()
    hosts = {*_HOST.findall(rule)}
    key = str(router.mapping_data().get("service", "")).partition("@")[0]
    service = top.need("services").get(key)
    servers = ((service.data if service is not None else {}).get("loadBalancer") or {}).get("servers") or []
    if len(hosts) != 1 or len(servers) != 1:
        return "a service of a guest has one host name and one server"
    host, url = next(iter(hosts)).lower(), urlsplit(str(servers[0].get("url", "")))
    guest = by_address.get(url.hostname or "")
    if guest is None or url.port is None:
        return "no guest of the configuration has its server's address, or it names no port"
    if "gateway" in (guest.file.get("roles") or ()):
        return "it leads to the gateway itself"
    if not host.endswith(f".{domain}"):
        return f"its host is not in {domain}"
    names = [each for each in router.mapping_data().get("middlewares") or () if each != _OWN]
    fields = {each: top.need("middlewares").get(each) for each in names}
    if None in fields.values():
        return "one of its middlewares is not in Traefik's files"
    file, first = guest.file, guest.file.get("traefik_service") is None
    at = ("traefik_service",) if first else ("traefik_services", len(file.get("traefik_services") or ()))
    short = host.removesuffix(f".{domain}")
    file.add((*at, "name"), short)
    file.add((*at, "port"), url.port)
    if url.scheme != "http":
        file.add((*at, "scheme"), url.scheme)
    if rule != f"Host(`{host}`)":
        file.add((*at, "rule"), rule)
    if name != short.replace(".", "-"):
        file.add((*at, "router"), name)
    for each, data in fields.items():
        assert data is not None
        file.add((*at, "middlewares", each), data.data)
        file.ledger.note(Fate.KEPT, data, file.place(*at, "middlewares", each))
    file.ledger.note(Fate.SPELLED, router, file.place(*at))
    if service is not None:
        file.ledger.note(Fate.SPELLED, service, file.place(*at))
    made[host] = name
    return ""
