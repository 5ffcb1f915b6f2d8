"""Firewall rules that Proxmox would drop."""

from tests.model.broken import FRONT, WEB, Edit, Expected, one

CASES = (
    one(
        "interface in a guest's rule",
        Edit(FRONT, "features", "firewall:\n  rules:\n    - direction: in\n      interface: net0\nfeatures"),
        Expected(FRONT, "interface", "firewall.rules[0].interface", "net0", "no interface"),
    ),
    one(
        "interface in a stack's rule",
        Edit(WEB, "    files:", "    firewall_rules: [{direction: in, interface: vmbr0}]\n    files:"),
        Expected(
            WEB, "interface", "environments.production.firewall_rules[0].interface", "vmbr0", "the guest has one card"
        ),
    ),
)
