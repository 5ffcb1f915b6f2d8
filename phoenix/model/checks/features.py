"""Features that do not fit their guest."""

from collections.abc import Iterator

from phoenix.features import step_ca
from phoenix.features.registry import FEATURES
from phoenix.model.draft import Draft
from phoenix.model.guest import LxcGuest
from phoenix.model.member import Role
from phoenix.model.problem import Problem


def once(draft: Draft) -> Iterator[Problem]:
    """A feature that a guest lists twice."""
    for each in draft.guests:
        names = [feature.name for feature in each.item.features]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield each.problem("features", index, allowed="each feature once")


def only_the_ca(draft: Draft) -> Iterator[Problem]:
    """A second certificate authority."""
    for each in draft.guests:
        for index, feature in enumerate(each.item.features):
            if feature.name == step_ca.FEATURE.name and Role.CA not in each.item.roles:
                yield each.problem("features", index, allowed="step_ca belongs to the guest with the role ca")


def cards(draft: Draft) -> Iterator[Problem]:
    """What runs on cards in a container without one, where it would fail only when it starts."""
    for each in draft.guests:
        for index, feature in enumerate(each.item.features):
            needs_gpu = FEATURES[feature.name].needs_gpu
            if needs_gpu and isinstance(each.item, LxcGuest) and not each.item.gpus:
                yield each.problem("features", index, allowed=f"{feature.name} needs a card: list it in gpus")


CHECKS = (once, only_the_ca, cards)
