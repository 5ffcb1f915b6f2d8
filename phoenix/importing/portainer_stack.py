"""Portainer's stack: the product's own compose file, because the old one could not do what it was written for."""

from phoenix.importing.compose import device
from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import OldFile

_WHY = (
    "Portainer's compose file is the product's own: the old one set up a client's TLS instead of the server's, never "
    "gave the account's password, and left out the agents"
)
_IMAGES = {"portainer": "portainer/portainer-ce:2.23.0", "agent": "portainer/agent:2.23.0"}


def is_it(compose: OldFile | None, name: str, guest: NewGuest) -> bool:
    """Whether the stack that the guest lists is Portainer's."""
    if guest.file.get("portainer", "role") != "primary":
        return False
    if compose is None:
        return "portainer" in name
    return any(leaf.key == "image" and "portainer/portainer" in str(leaf.data) for leaf in compose.top.leaves())


def compose(new: NewFile, old: OldFile | None, guest: NewGuest) -> None:
    """The compose file, with Portainer's data in the guest's share."""
    new.data |= {
        "version": "3.8",
        "services": {"portainer": _server(), "agent": _agent()},
        "networks": {"portainer_network": {"driver": "overlay", "attachable": True}},
        "volumes": {
            "portainer_data": {
                "driver": "local",
                "driver_opts": {"type": "none", "o": "bind", "device": device(guest, "portainer/data")},
            }
        },
        "secrets": {each: {"external": True} for each in _SECRETS},
    }
    if old is None:
        new.ledger.add(new.place("services"), "portainer, agent", _WHY)
        return
    for leaf in old.top.leaves():
        new.ledger.note(Fate.CHANGED, leaf, new.place("services", "portainer"), None, _WHY)


_SECRETS = ("portainer_tls_cert", "portainer_tls_key", "portainer_admin_password")


def _deploy(constraint: str, **more: object) -> dict[str, object]:
    return {
        **more,
        "endpoint_mode": "dnsrr",
        "placement": {"constraints": [constraint]},
        "update_config": {"order": "stop-first"},
        "restart_policy": {"condition": "any", "delay": "2s"},
    }


def _port(number: int) -> list[dict[str, object]]:
    return [{"target": number, "published": number, "protocol": "tcp", "mode": "host"}]


def _server() -> dict[str, object]:
    return {
        "image": _IMAGES["portainer"],
        "command": [
            "--sslcert=/run/secrets/portainer_tls_cert",
            "--sslkey=/run/secrets/portainer_tls_key",
            "--admin-password-file=/run/secrets/portainer_admin_password",
        ],
        "environment": {"AGENT_SECRET": "${AGENT_SECRET}"},
        "secrets": [*_SECRETS],
        "volumes": ["portainer_data:/data"],
        "networks": ["portainer_network"],
        "ports": _port(9443),
        "stop_grace_period": "20s",
        "deploy": _deploy("node.role == manager", replicas=1),
    }


def _agent() -> dict[str, object]:
    return {
        "image": _IMAGES["agent"],
        "environment": {"AGENT_CLUSTER_ADDR": "tasks.agent", "AGENT_SECRET": "${AGENT_SECRET}"},
        "volumes": [
            "/var/run/docker.sock:/var/run/docker.sock",
            "/var/lib/docker/volumes:/var/lib/docker/volumes",
        ],
        "networks": ["portainer_network"],
        "ports": _port(9001),
        "deploy": _deploy("node.platform.os == linux", mode="global"),
    }
