"""What a service of a compose file may hold: https://docs.docker.com/reference/compose-file/services/

What Docker drops for a Swarm, with a warning or none, is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.compose.deploy import DEPLOY
from phoenix.model.compose.mounts import MOUNT, mounted_at
from phoenix.model.compose.shapes import (
    Also,
    Anything,
    Fraction,
    Keys,
    ListOf,
    MappingOf,
    Nothing,
    Number,
    Refused,
    Shape,
    Switch,
    Text,
    Wrong,
    one_of,
)
from phoenix.model.compose.values import (
    DURATION,
    ENVIRONMENT,
    IMAGE,
    LABELS,
    NAME,
    OPTIONS,
    PORT,
    TEXT,
    TEXT_OR_LIST,
    TEXTS,
)

_NO_KEY = "no key of a Swarm's service: "
_NOT_IN_A_SWARM: dict[str, Shape] = {
    "cgroup_parent": Refused(_NO_KEY + "limits stand in deploy.resources"),
    "cgroupns_mode": Refused(_NO_KEY + "Docker leaves it out"),
    "container_name": Refused(_NO_KEY + "it has many containers; others find it by the service's name"),
    "credential_spec": Refused("nothing: it is for Windows"),
    "cpu_quota": Refused("deploy.resources.limits.cpus instead"),
    "cpu_shares": Refused("deploy.resources.limits.cpus instead"),
    "cpus": Refused("deploy.resources.limits.cpus instead"),
    "cpuset": Refused("deploy.resources.limits.cpus instead"),
    "devices": Refused(_NO_KEY + "Docker leaves it out; a device can be bound as a volume"),
    "domainname": Refused(_NO_KEY + "give hostname the whole name"),
    "extends": Refused("the service in full, or a YAML anchor: Docker does not know it here"),
    "external_links": Refused(_NO_KEY + "share a network instead"),
    "ipc": Refused(_NO_KEY + "Docker leaves it out"),
    "isolation": Refused("nothing but default: the rest is for Windows", ("default",)),
    "links": Refused(_NO_KEY + "services of one network find each other by name"),
    "mac_address": Refused(_NO_KEY + "Docker leaves it out"),
    "mem_limit": Refused("deploy.resources.limits.memory instead"),
    "mem_reservation": Refused("deploy.resources.reservations.memory instead"),
    "memswap_limit": Refused("deploy.resources.limits.memory instead"),
    "network_mode": Refused(_NO_KEY + "the networks host and none are external networks of that name"),
    "pid": Refused(_NO_KEY + "Docker leaves it out"),
    "pids_limit": Refused("deploy.resources.limits.pids instead"),
    "privileged": Refused(_NO_KEY + "name what it needs in cap_add", (False,)),
    "profiles": Refused("nothing: a stack is deployed whole; an environment may list another stack"),
    "pull_policy": Refused("nothing: a Swarm pulls what a node lacks"),
    "scale": Refused("deploy.replicas instead"),
    "security_opt": Refused(_NO_KEY + "Docker leaves it out"),
    "shm_size": Refused(_NO_KEY + "a volume of type tmpfs at /dev/shm, with tmpfs.size, does it"),
    "tmpfs": Refused(_NO_KEY + "a volume of type tmpfs does it"),
    "userns_mode": Refused(_NO_KEY + "Docker leaves it out"),
    "volume_driver": Refused("a driver at the file's own volumes instead"),
    "volumes_from": Refused("a volume of the file's own, mounted into both services"),
}

_FILE_REFERENCE = one_of(
    TEXT,
    Keys(
        {"source": TEXT, "target": TEXT, "uid": TEXT, "gid": TEXT, "mode": Number(0, 0o7777)},
        needed=("source",),
        words="a name, or a mapping with source",
    ),
)


def _test(healthcheck: Mapping[str, Any]) -> Iterator[Wrong]:
    test = healthcheck.get("test")
    if healthcheck.get("disable") and test:
        yield ("test",), "no test beside disable: true"
    if isinstance(test, list) and (not test or test[0] not in ("NONE", "CMD", "CMD-SHELL")):
        yield ("test",), "a text, or a list that begins with CMD, CMD-SHELL or NONE"


_HEALTHCHECK = Also(
    Keys(
        {
            "test": TEXT_OR_LIST,
            "interval": DURATION,
            "timeout": DURATION,
            "start_period": DURATION,
            "start_interval": DURATION,
            "retries": Number(),
            "disable": Switch(),
        }
    ),
    _test,
)

_PORTS = ListOf(
    one_of(
        Keys(
            {
                "target": PORT,
                "published": Number(0, 65535),
                "protocol": Text("tcp|udp|sctp", "tcp, udp or sctp"),
                "mode": Text("host|ingress", "host or ingress"),
            },
            needed=("target",),
            words="PUBLISHED:TARGET, or a mapping with target and published",
        ),
        TEXT,
        Number(None),
    ),
    once=True,
)

_FIXED = "nothing: a Swarm gives no fixed address; others find the service by its name"
_ATTACHED = one_of(
    TEXTS,
    MappingOf(
        one_of(
            Nothing(),
            Keys(
                {
                    "aliases": TEXTS,
                    "driver_opts": OPTIONS,
                    "ipv4_address": Refused(_FIXED),
                    "ipv6_address": Refused(_FIXED),
                }
            ),
        ),
        NAME,
    ),
)

_SERVICE = Keys(
    {
        "build": one_of(TEXT, MappingOf(Anything())),
        "cap_add": TEXTS,
        "cap_drop": TEXTS,
        "command": TEXT_OR_LIST,
        "configs": ListOf(_FILE_REFERENCE),
        "depends_on": ListOf(TEXT, words="a list of services: a Swarm knows no conditions"),
        "deploy": DEPLOY,
        "dns": TEXT_OR_LIST,
        "dns_search": TEXT_OR_LIST,
        "entrypoint": TEXT_OR_LIST,
        "env_file": TEXT_OR_LIST,
        "environment": ENVIRONMENT,
        "expose": ListOf(one_of(TEXT, PORT), once=True),
        "extra_hosts": ENVIRONMENT,
        "healthcheck": _HEALTHCHECK,
        "hostname": TEXT,
        "image": IMAGE,
        "init": Switch(),
        "labels": LABELS,
        "logging": Keys({"driver": TEXT, "options": MappingOf(one_of(TEXT, Fraction(), Nothing()))}),
        "networks": _ATTACHED,
        "oom_score_adj": Number(-1000, 1000),
        "ports": _PORTS,
        "read_only": Switch(),
        "restart": Text(r"no|always|unless-stopped|on-failure(:\d+)?", "no, always, unless-stopped or on-failure"),
        "secrets": ListOf(_FILE_REFERENCE),
        "stdin_open": Switch(),
        "stop_grace_period": DURATION,
        "stop_signal": TEXT,
        "sysctls": ENVIRONMENT,
        "tty": Switch(),
        "ulimits": MappingOf(
            one_of(Number(-1), Keys({"soft": Number(-1), "hard": Number(-1)}, needed=("soft", "hard"))), "[a-z]+"
        ),
        "user": TEXT,
        "volumes": ListOf(MOUNT),
        "working_dir": TEXT,
        **_NOT_IN_A_SWARM,
    },
    free=True,
)


def _targets(service: Mapping[str, Any]) -> Iterator[Wrong]:
    """A place in the container where two things would be."""
    for key, target in (("volumes", mounted_at), ("configs", _target), ("secrets", _target)):
        seen: set[str] = set()
        for index, entry in enumerate(service.get(key) or ()):
            if (place := target(entry)) in seen:
                yield (key, index), f"a place in the container once: {place}"
            seen.add(place)


def _target(reference: Any) -> str:
    if isinstance(reference, str):
        return reference
    return str(reference.get("target") or reference["source"])


SERVICE = Also(_SERVICE, _targets)
