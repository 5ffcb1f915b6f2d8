"""DNS records of the cluster, and dnsmasq's configuration made of them.

A service's or stack's host name leads to the gateway, which serves it with TLS, unless the service is `direct`; a
stack's may be outside of the domain. A guest's name leads to its own address. The first record of a name wins: a
service named like its guest is the service.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from phoenix.model import Cluster, DnsRecord
from phoenix.plan import targets
from phoenix.plan.routes import hosts
from phoenix.specs.files import FileSetSpec, SetFile

DNSMASQ_PATH = "/etc/dnsmasq.d/00-phoenix-internal.conf"
RESOLV_PATH = "/etc/resolv.conf"


@dataclass(frozen=True, order=True)
class Record:
    """One name (fully qualified, lower case) and its IPv4 address as text."""

    name: str
    address: str


def records(cluster: Cluster) -> tuple[Record, ...]:
    """Every record of the cluster, each name once, ordered by name."""
    found: dict[str, str] = {}
    for name, address in _claims(cluster):
        found.setdefault(name, address)
    return tuple(sorted(Record(name, address) for name, address in found.items()))


def _claims(cluster: Cluster) -> Iterator[tuple[str, str]]:
    name = cluster.node.fqdn
    yield name(cluster.node.name), str(cluster.node.ip)
    gateway = cluster.gateway_guest.address
    for guest in cluster.guests:
        for _, service in guest.services:
            yield name(service.name), guest.address if service.direct else gateway
    for host in hosts(cluster):
        yield host, gateway
    for guest in cluster.guests:
        if guest.ip is not None:
            yield name(guest.name), str(guest.ip)
    for record in cluster.dns.records:
        yield name(record.name), _address(cluster, record)


def _address(cluster: Cluster, record: DnsRecord) -> str:
    if record.address is not None:
        return str(record.address)
    if record.guest is not None:
        return cluster.guest(record.guest).address
    assert record.role is not None
    return cluster.holder(record.role).address


def files(cluster: Cluster) -> FileSetSpec:
    """The node's dnsmasq and resolver."""
    return FileSetSpec(
        target=targets.node(cluster),
        name="dnsmasq",
        files={
            DNSMASQ_PATH: SetFile(content=dnsmasq_config(cluster)),
            RESOLV_PATH: SetFile(content=resolv_conf(cluster)),
        },
        # all that the daemon reads: the directory, as Debian's unit names it on the command line, and dnsmasq.conf
        check=("dnsmasq", "--test", "--conf-dir=/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new"),
        reload=("systemctl", "restart", "dnsmasq"),
    )


def dnsmasq_config(cluster: Cluster) -> str:
    """The node's dnsmasq configuration: authoritative for the domain, forwarding the rest.

    `host-record` answers for exactly one name, where `address=/name/` would answer for everything below it too.
    https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html
    """
    node = cluster.node
    lines = [
        "# Written by phoenix; changes made here are undone by the next run.",
        "port=53",
        "bind-interfaces",
        f"listen-address=127.0.0.1,{node.ip}",
        "domain-needed",
        "bogus-priv",
        "strict-order",
        "stop-dns-rebind",
        "no-resolv",
        "no-hosts",
        f"domain={node.domain}",
        f"local=/{node.domain}/",
        *(f"server={upstream}" for upstream in cluster.dns.upstreams),
        *(f"host-record={record.name},{record.address}" for record in records(cluster)),
    ]
    return "\n".join(lines) + "\n"


def resolv_conf(cluster: Cluster) -> str:
    """The node's own resolver: itself first, then the upstreams, so that names resolve while dnsmasq restarts."""
    servers = [cluster.node.ip, *cluster.dns.upstreams]
    return "\n".join([f"search {cluster.node.domain}", *(f"nameserver {server}" for server in servers[:3])]) + "\n"
