"""Addresses, the address pool, and static records."""

from tests.model.broken import BASE, CLUSTER, FRONT, WORKER, Broken, Edit, Expected, one

CASES = (
    one(
        "address outside the network",
        Edit(FRONT, "192.0.2.11/24", "198.51.100.11/24"),
        Expected(FRONT, "  address:", "network.address", "198.51.100.11/24", "an address in 192.0.2.0/24"),
    ),
    one(
        "address with another prefix",
        Edit(FRONT, "192.0.2.11/24", "192.0.2.11/25"),
        Expected(FRONT, "  address:", "network.address", "192.0.2.11/25", "with its prefix"),
    ),
    one(
        "the node's address",
        Edit(FRONT, "192.0.2.11/24", "192.0.2.2/24"),
        Expected(FRONT, "  address:", "network.address", "192.0.2.2/24", "this is the node's own"),
    ),
    one(
        "the broadcast address",
        Edit(FRONT, "192.0.2.11/24", "192.0.2.255/24"),
        Expected(FRONT, "  address:", "network.address", "192.0.2.255/24", "this is the broadcast address"),
    ),
    one(
        "running guest with dhcp",
        Edit(WORKER, "192.0.2.22/24", "dhcp"),
        Expected(WORKER, "  address:", "network.address", "dhcp", "a fixed address"),
    ),
    one(
        "guest's gateway outside the network",
        Edit(FRONT, "gateway: 192.0.2.1", "gateway: 198.51.100.1"),
        Expected(FRONT, "  gateway:", "network.gateway", "198.51.100.1", "an address in 192.0.2.0/24"),
    ),
    one(
        "node's gateway outside the network",
        Edit(CLUSTER, "gateway: 192.0.2.1", "gateway: 198.51.100.1"),
        Expected(CLUSTER, "  gateway:", "node.gateway", "198.51.100.1", "an address in 192.0.2.0/24"),
    ),
    one(
        "address pool over the LAN",
        Edit(CLUSTER, "172.20.0.0/14", "192.0.0.0/8"),
        Expected(CLUSTER, "address_pool", "swarm.address_pool", "192.0.0.0/8", "does not overlap the LAN 192.0.2.0/24"),
    ),
    one(
        "pool too small for its networks",
        Edit(CLUSTER, "172.20.0.0/14", "172.20.0.0/26"),
        Expected(CLUSTER, "swarm", "swarm.subnet_size", "24", "a prefix from 26 on"),
    ),
    one(
        "record of an unknown guest",
        Edit(CLUSTER, "address: 192.0.2.99", "guest: 444"),
        Expected(CLUSTER, "guest: 444", "dns.records[0].guest", "444", "the VMID of a guest that has a file"),
    ),
    Broken(
        "stopped guest with dhcp that offers a service",
        (Edit(BASE, "192.0.2.10/24", "dhcp"), Edit(BASE, "cores: 1", "traefik_service: {name: a, port: 80}\ncores: 1")),
        (Expected(BASE, "  address:", "network.address", "dhcp", "192.0.2.0/24: it offers a service"),),
    ),
    Broken(
        "stopped machine with dhcp that has features",
        (Edit(WORKER, "192.0.2.22/24", "dhcp"), Edit(WORKER, "cores: 2", "running: false\ncores: 2")),
        (
            Expected(WORKER, "  address:", "network.address", "dhcp", "192.0.2.0/24: features and shares"),
            Expected(WORKER, "running", "running", "false", "a member of the Swarm must run"),
        ),
    ),
    one(
        "template with dhcp is no problem",
        Edit(BASE, "192.0.2.10/24", "dhcp"),
    ),
)
