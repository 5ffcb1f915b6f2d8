"""The reference cluster, ways to change it in a test, and everything that a plan of it holds."""

from functools import cache
from pathlib import Path
from typing import Any

from phoenix.model import Cluster, FirewallRule, load
from phoenix.specs.spec import Spec

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("production", "testing", "development")


@cache
def reference(environment: str = "production") -> Cluster:
    """The configuration of this repository."""
    return load(ROOT / "config", ROOT / "stacks", environment)


def with_guest(cluster: Cluster, vmid: int, **changes: Any) -> Cluster:
    """The cluster with other fields in one guest."""
    guests = [each.model_copy(update=changes) if each.vmid == vmid else each for each in cluster.guests]
    return cluster.model_copy(update={"guests": tuple(guests)})


def with_rules(cluster: Cluster, where: str | int, *rules: dict[str, Any]) -> Cluster:
    """The cluster with further rules in front of those of the `node` or of a guest."""
    new = tuple(FirewallRule.model_validate(rule) for rule in rules)
    if isinstance(where, int):
        firewall = cluster.guest(where).firewall
        return with_guest(cluster, where, firewall=firewall.model_copy(update={"rules": (*new, *firewall.rules)}))
    wall = cluster.firewall.model_copy(update={"rules": (*new, *cluster.firewall.rules)})
    return cluster.model_copy(update={"firewall": wall})


def with_firewall(cluster: Cluster, **changes: Any) -> Cluster:
    """The cluster with other fields in its firewall."""
    return cluster.model_copy(update={"firewall": cluster.firewall.model_copy(update=changes)})


def as_json(spec: Spec) -> dict[str, Any]:
    """What the engine is given of it."""
    return spec.model_dump(mode="json", exclude_none=True)
