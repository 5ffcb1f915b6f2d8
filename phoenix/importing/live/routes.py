"""Traefik's routes to guests: what becomes their `traefik_service`. Those of stacks follow from labels."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate, Ledger
from phoenix.importing.live.answers import at
from phoenix.importing.old import Old, OldFile
from phoenix.model.document import Loc

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


def of_the_gateway(guests: Mapping[int, NewGuest], led: frozenset[str], served: frozenset[str], domain: str) -> str:
    """Writes the gateway's own service, and gives its host: a name that leads there, which its Nginx serves itself.

    `led` are names that lead to the gateway, `served` those of routes. Empty where there is none.
    """
    gateway = next((each for each in guests.values() if "gateway" in (each.file.get("roles") or ())), None)
    names = None if gateway is None else at(gateway.old, "inside", "names")
    if gateway is None or names is None:
        return ""
    own = f"{gateway.name.lower()}.{domain}"
    for each in sorted({str(name).lower() for name in names.data} & led - served - {own, f"traefik.{domain}"}):
        short = each.removesuffix(f".{domain}")
        if short != each:
            made = {"name": short, "port": 443, "scheme": "https", "direct": True}
            gateway.file.add(("traefik_service",), made)
            gateway.ledger.note(Fate.SPELLED, names, gateway.file.place("traefik_service", "name"), short)
            return each
    return ""


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
    index = len(file.get("traefik_services") or ())
    loc: Loc = ("traefik_service",) if first else ("traefik_services", index)
    short = host.removesuffix(f".{domain}")
    file.add((*loc, "name"), short)
    file.add((*loc, "port"), url.port)
    if url.scheme != "http":
        file.add((*loc, "scheme"), url.scheme)
    if rule != f"Host(`{host}`)":
        file.add((*loc, "rule"), rule)
    if name != short.replace(".", "-"):
        file.add((*loc, "router"), name)
    for each, data in fields.items():
        assert data is not None
        file.add((*loc, "middlewares", each), data.data)
        file.ledger.note(Fate.KEPT, data, file.place(*loc, "middlewares", each))
    file.ledger.note(Fate.SPELLED, router, file.place(*loc))
    if service is not None:
        file.ledger.note(Fate.SPELLED, service, file.place(*loc))
    made[host] = name
    return ""
