"""Checks over the whole cluster: each is a small function from the draft to its problems."""

from collections.abc import Iterator

from phoenix.model.checks import (
    certificates,
    compose,
    compose_running,
    compose_shape,
    distribution,
    features,
    firewall,
    gateway,
    guest_routes,
    hooks,
    identity,
    label_names,
    labels,
    network,
    order,
    paths,
    portainer,
    roles,
    sources,
    stacks,
)
from phoenix.model.draft import Draft
from phoenix.model.problem import Problem

OF_PARTS = (
    *identity.CHECKS,
    *order.CHECKS,
    *roles.CHECKS,
    *features.CHECKS,
    *firewall.CHECKS,
    *certificates.CHECKS,
    *distribution.CHECKS,
    *stacks.CHECKS,
    *compose.CHECKS,
    *compose_shape.CHECKS,
    *compose_running.CHECKS,
    *portainer.CHECKS,
    *sources.CHECKS,
    *guest_routes.CHECKS,
    *labels.CHECKS,
    *label_names.CHECKS,
)
"""They look at guests, certificates and stacks only."""

OF_CLUSTER = (
    *identity.CLUSTER_CHECKS,
    *guest_routes.CLUSTER_CHECKS,
    *label_names.CLUSTER_CHECKS,
    *network.CLUSTER_CHECKS,
    *gateway.CLUSTER_CHECKS,
    *paths.CLUSTER_CHECKS,
    *certificates.CLUSTER_CHECKS,
    *hooks.CLUSTER_CHECKS,
    *compose_running.CLUSTER_CHECKS,
)
"""They need `cluster.yaml` too, and are left out when its shape is wrong."""


def check(draft: Draft) -> Iterator[Problem]:
    """Every problem that any check finds."""
    for of_parts in OF_PARTS:
        yield from of_parts(draft)
    if draft.cluster is not None:
        for of_cluster in OF_CLUSTER:
            yield from of_cluster(draft, draft.cluster)
