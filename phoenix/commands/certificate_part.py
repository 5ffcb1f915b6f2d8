"""The part of a run that is about certificates alone: they, their copies and secrets, and whoever takes them."""

from collections.abc import Iterable, Mapping
from typing import Any

KINDS = ("Certificate", "CertificateCopy", "DockerSecret")


def targets(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Arguments of `pulumi up`, from the resources of the stack's state.

    The kinds go by pattern, so that a new certificate is among them; their users (a stack that mounts a secret, a hook
    that a renewal triggers) are the resources whose properties came from one of them.
    """
    patterns = [f"**/phoenix:{kind}::**" for kind in KINDS]
    return [word for target in (*patterns, *_users(resources)) for word in ("--target", target)]


def _users(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    known = list(resources)
    ours = {each["urn"] for each in known if each["type"].rpartition("phoenix:")[2] in KINDS}
    return [
        each["urn"]
        for each in known
        if each["urn"] not in ours
        and each.get("custom")
        and any(ours.intersection(sources or ()) for sources in (each.get("propertyDependencies") or {}).values())
    ]
