"""Firewall rules that Proxmox takes for a node and drops, with a line in its log alone, for a guest."""

from collections.abc import Iterator

from phoenix.model.draft import Draft
from phoenix.model.problem import Problem

_ALLOWED = "no interface: the rule stands in the guest's security group, where Proxmox drops it; the guest has one card"


def interfaces(draft: Draft) -> Iterator[Problem]:
    """A guest's or a stack's rule that names an interface.

    PVE::Firewall, verify_rule: `parameter -i not allowed for this rule type`.
    """
    for guest in draft.guests:
        for index, rule in enumerate(guest.item.firewall.rules):
            if rule.interface is not None:
                yield guest.problem("firewall", "rules", index, "interface", allowed=_ALLOWED)
    for stack in draft.stacks:
        for name, environment in stack.item.environments.items():
            for index, rule in enumerate(environment.firewall_rules):
                if rule.interface is not None:
                    loc = ("environments", name, "firewall_rules", index, "interface")
                    yield stack.problem(*loc, allowed=_ALLOWED)


CHECKS = (interfaces,)
