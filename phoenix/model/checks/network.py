"""Addresses that do not fit the node's network."""

from collections.abc import Iterator

from phoenix.model.cluster import ClusterFile
from phoenix.model.draft import Draft
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.located import Located
from phoenix.model.problem import Problem


def in_the_lan(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A guest outside the LAN, on another prefix, or on an address that is taken."""
    node = cluster.item.node
    reserved = {
        node.ip: "the node's own",
        node.gateway: "the gateway's",
        node.lan.network_address: "the network's own",
        node.lan.broadcast_address: "the broadcast address",
    }
    for each in draft.guests:
        address = each.item.network.address
        if address == "dhcp":
            continue
        if address.network != node.lan:
            yield each.problem("network", "address", allowed=f"an address in {node.lan}, with its prefix")
        elif address.ip in reserved:
            yield each.problem("network", "address", allowed=f"a free address; this is {reserved[address.ip]}")


def fixed(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A guest with DHCP that must be reached: by an address that is known beforehand."""
    for each in draft.guests:
        if each.item.ip is None and (why := _reached(each.item)):
            yield each.problem("network", "address", allowed=f"a fixed address in {cluster.item.node.lan}: {why}")


def _reached(guest: LxcGuest | VmGuest) -> str:
    """Why it must be reached; empty when it need not be."""
    if guest.running:
        return "the guest runs"
    if guest.services:
        return "it offers a service"
    # a container is entered from its node
    over_ssh = isinstance(guest, VmGuest) and (guest.features or guest.nfs)
    return "features and shares are made over its SSH" if over_ssh else ""


def gateways(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A gateway that is not in the network that it leads out of."""
    node = cluster.item.node
    if node.gateway not in node.lan:
        yield cluster.problem("node", "gateway", allowed=f"an address in {node.lan}")
    for each in draft.guests:
        gateway = each.item.network.gateway
        if gateway is not None and gateway not in node.lan:
            yield each.problem("network", "gateway", allowed=f"an address in {node.lan}")


def pool(_draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A Swarm address pool that takes the LAN, or that no network can be cut from."""
    swarm, lan = cluster.item.swarm, cluster.item.node.lan
    if swarm.address_pool.overlaps(lan):
        yield cluster.problem("swarm", "address_pool", allowed=f"a network that does not overlap the LAN {lan}")
    if swarm.subnet_size < swarm.address_pool.prefixlen:
        yield cluster.problem(
            "swarm",
            "subnet_size",
            value=swarm.subnet_size,
            allowed=f"a prefix from {swarm.address_pool.prefixlen} on, so that a network fits into the pool",
        )


def records(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A static DNS record that points to a guest which does not exist or has no fixed address."""
    by_vmid = {each.item.vmid: each.item for each in draft.guests}
    for index, record in enumerate(cluster.item.dns.records):
        if record.guest is None:
            continue
        if record.guest not in draft.vmids:
            yield cluster.problem("dns", "records", index, "guest", allowed="the VMID of a guest that has a file")
        elif record.guest in by_vmid and by_vmid[record.guest].ip is None:
            yield cluster.problem("dns", "records", index, "guest", allowed="a guest with a fixed address")


CLUSTER_CHECKS = (in_the_lan, fixed, gateways, pool, records)
