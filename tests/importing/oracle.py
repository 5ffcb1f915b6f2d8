"""What the old system made of its files: DNS, firewall, routes and certificates, by the rules of its two generations.

H is its state of 2025-11-04, M the one of later that month. Written from their behaviour, apart from what imports.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.importing.versions import old, stack_manifests

GATEWAY, TRAEFIK, CA = "Nginx-Phoenix", "Traefik-Internal", "Step-CA"


@dataclass(frozen=True)
class Rule:
    """A firewall rule, without its comment."""

    direction: str
    action: str
    proto: str
    source: str
    dest: str
    ports: str
    interface: str = ""


def containers(version: str) -> dict[str, Any]:
    found: dict[str, Any] = old(version, "phoenix_lxc_configs.json")["lxc_configs"]
    return found


def machines(version: str) -> list[Any]:
    found: list[Any] = old(version, "phoenix_vm_configs.json")["vms"]
    return found


def hypervisor(version: str) -> Any:
    return old(version, "phoenix_hypervisor_config.json")


def domain(version: str) -> str:
    return str(hypervisor(version)["domain_name"])


def ip(guest: Any) -> str:
    return str(guest["network_config"]["ip"]).partition("/")[0]


def _named(version: str, name: str) -> str:
    return next(ip(each) for each in containers(version).values() if each["name"] == name)


def _service(guest: Any) -> str:
    return str(guest.get("traefik_service", {}).get("name", ""))


def _agent(guest: Any, suffix: str) -> str:
    return str(guest.get("portainer_agent_hostname", "")).removesuffix(suffix)


def _first(claims: Iterator[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, address in claims:
        if name:
            found.setdefault(name, address)
    return found


def dns_h(version: str) -> dict[str, str]:
    """Names without the domain; the first claim of a name counts."""
    return _first(_claims_h(version))


def _claims_h(version: str) -> Iterator[tuple[str, str]]:
    gateway, suffix = _named(version, GATEWAY), f".{domain(version)}"
    for manifest in stack_manifests(version).values():
        for service in manifest["environments"].get("production", {}).get("services", {}).values():
            for label in service["traefik_labels"]:
                if match := re.search(r"\.rule=Host\(`([^`]+)`\)", label):
                    yield match[1].removesuffix(suffix), gateway
    for each in containers(version).values():
        yield _service(each), "10.0.0.10" if _service(each) == "ca" else ip(each)
    for each in machines(version):
        yield _service(each), ip(each) if _service(each) == "portainer-agent" else gateway
    for each in containers(version).values():
        yield each["name"].lower(), ip(each)
    for each in machines(version):
        if ip(each) != "dhcp":
            yield each["name"].lower(), ip(each)
            yield _agent(each, suffix), ip(each)
    yield from (("portainer", gateway), ("traefik", gateway))


def dns_m(version: str) -> dict[str, str]:
    """Services to the gateway, all other names to Traefik."""
    return _first(_claims_m(version))


def _claims_m(version: str) -> Iterator[tuple[str, str]]:
    gateway, traefik, suffix = _named(version, GATEWAY), _named(version, TRAEFIK), f".{domain(version)}"
    guests = [*containers(version).values(), *machines(version)]
    for each in guests:
        yield _service(each), gateway
    yield from (("portainer", gateway), ("traefik", gateway))
    for each in guests:
        if ip(each) != "dhcp":
            yield each["name"].lower(), ip(each) if each["name"] in (CA, GATEWAY, TRAEFIK) else traefik
            yield _agent(each, suffix), traefik


def rule(given: Any) -> Rule:
    """A rule as it was written."""
    texts = (str(given.get(key, "")) for key in ("type", "action", "proto", "source", "dest", "port", "iface"))
    return Rule(*texts)


def _global(version: str) -> list[Rule]:
    config = hypervisor(version)
    found = config.get("firewall") or config["shared_volumes"]["firewall"]
    return [rule(each) for each in found["global_firewall_rules"]]


def _own(guest: Any) -> list[Rule]:
    return [rule(each) for each in guest.get("firewall", {}).get("rules", ())]


def aggregate_h(version: str) -> list[Rule]:
    """H's cluster.fw, with every guest's rules in it."""
    guests = (*containers(version).values(), *machines(version))
    return [*_global(version), *(each for guest in guests for each in _own(guest))]


def firewall_h(version: str) -> dict[str, list[Rule]]:
    """H by owner: `node`, or a VMID. A machine has its stacks' rules of production, too."""
    found = {"node": _global(version)}
    found |= {vmid: _own(each) for vmid, each in containers(version).items()}
    manifests = stack_manifests(version)
    for each in machines(version):
        stacks = [manifests[name] for name in each.get("docker_stacks", ()) if name in manifests]
        more = [
            one for stack in stacks for one in stack["environments"].get("production", {}).get("firewall_rules", ())
        ]
        found[str(each["vmid"])] = [*_own(each), *map(rule, more)]
    return found


def firewall_m(version: str) -> dict[str, list[Rule]]:
    """M by owner: a guest's own rules where its firewall is on."""
    found = {"node": [Rule("in", "ACCEPT", "", "", "", "", "lo"), *_global(version)]}
    guests = [*containers(version).items(), *((str(each["vmid"]), each) for each in machines(version))]
    found |= {vmid: _own(each) if each.get("firewall", {}).get("enabled") else [] for vmid, each in guests}
    return found


def routes_h(version: str) -> dict[str, str]:
    """Host without the domain -> backend."""
    found = {
        _service(each): f"http://{ip(each)}:{each['traefik_service']['port']}"
        for each in _serving(containers(version).values())
    }
    return found | {
        _service(each): f"https://{ip(each)}:{each['traefik_service']['port']}" for each in _serving(machines(version))
    }


def routes_m(version: str) -> dict[str, str]:
    """As H, without Portainer, with its agent by the name of its environment."""
    found = {name: url for name, url in routes_h(version).items() if name != "portainer"}
    for each in machines(version):
        if "portainer_environment_name" in each:
            found[each["portainer_environment_name"]] = f"https://{ip(each)}:9001"
    return found


def _serving(guests: Any) -> list[Any]:
    return [each for each in guests if "traefik_service" in each]


def certificates(version: str) -> dict[str, tuple[str, ...]]:
    """Common name -> the names that the certificate carried: its SANs alone where it had any."""
    return {
        each["common_name"]: tuple(each.get("sans") or [each["common_name"]])
        for each in old(version, "certificate-manifest.json")
    }
