"""The gateway's settings: sites that nothing routes, ports that are taken, guests that no port can lead to."""

from collections.abc import Iterator

from phoenix.features import nginx
from phoenix.model.cluster import ClusterFile
from phoenix.model.document import Loc
from phoenix.model.draft import Draft
from phoenix.model.gateway import HTTP, HTTPS
from phoenix.model.located import Located
from phoenix.model.member import Role
from phoenix.model.problem import Problem


def sites(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """Settings for a host name that nothing routes, or that has settings already."""
    first: dict[str, str] = {}
    routed = _routed(draft, cluster)
    for index, site in enumerate(cluster.item.gateway.sites):
        loc = ("gateway", "sites", index, "host")
        host = site.host.lower()
        if host in first:
            yield cluster.problem(*loc, allowed=f"a host name once; {first[host]} has it already")
        elif host not in routed and not draft.broken:
            yield cluster.problem(*loc, allowed=f"a host name that is routed: {', '.join(sorted(routed))}")
        first.setdefault(host, cluster.place(*loc))


def _routed(draft: Draft, cluster: Located[ClusterFile]) -> set[str]:
    node = cluster.item.node
    found = {node.fqdn("traefik")}
    for guest in draft.guests:
        if Role.GATEWAY not in guest.item.roles:
            found.update(node.fqdn(service.name) for _, service in guest.item.services if not service.direct)
    deployed = {(each.stack.item.name, each.environment) for each in draft.listings}
    for stack, environment, router in draft.routers:
        if (stack.item.name, environment) in deployed:
            found.update(router.hosts)
    return found


def ports(_draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A port of the gateway that is to be two things."""
    gateway = cluster.item.gateway
    taken = dict.fromkeys((HTTP, HTTPS), "the gateway itself")
    wanted: list[tuple[Loc, int]] = [
        (("gateway", "forwards", n, "port"), each.port) for n, each in enumerate(gateway.forwards)
    ]
    if gateway.trusted_proxies is not None and (port := gateway.trusted_proxies.proxy_protocol_port) is not None:
        wanted.insert(0, (("gateway", "trusted_proxies", "proxy_protocol_port"), port))
    for loc, port in wanted:
        if port in taken:
            yield cluster.problem(*loc, allowed=f"a port once; {taken[port]} has it already")
        taken.setdefault(port, cluster.place(*loc))


def forwards(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A port that leads to a guest which does not exist, has no fixed address, does not run, or is the gateway."""
    for index, each in enumerate(cluster.item.gateway.forwards):
        loc = ("gateway", "forwards", index, "guest")
        guest = draft.guest(each.guest)
        if each.guest not in draft.vmids:
            yield cluster.problem(*loc, allowed="the VMID of a guest that has a file")
        elif guest is not None and not (guest.running and guest.ip):
            yield cluster.problem(*loc, allowed="a guest that runs, with a fixed address")
        elif guest is not None and Role.GATEWAY in guest.roles:
            yield cluster.problem(*loc, allowed="another guest than the gateway, which would lead to itself")


def installed(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """Ports to pass on, by a gateway that has its Nginx from the guest that it is cloned from: without the module."""
    if not cluster.item.gateway.forwards:
        return
    for each in draft.guests:
        own = {feature.name for feature in each.item.features}
        if Role.GATEWAY in each.item.roles and nginx.FEATURE.name not in own:
            allowed = "nginx among the gateway's own features: it brings the module that passes ports on (forwards)"
            yield each.problem("features", allowed=allowed)


CLUSTER_CHECKS = (sites, ports, forwards, installed)
