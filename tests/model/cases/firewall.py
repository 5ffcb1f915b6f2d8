"""Firewall rules that Proxmox would drop."""

from tests.model.broken import CLUSTER, FRONT, WEB, Broken, Edit, Expected, one


def _told(name: str, rule: str, word: str, value: str, allowed: str, field: str = "") -> Broken:
    """A rule of the front's, `word` being on the line and `field` the place within the rule."""
    edit = Edit(FRONT, "features", f"firewall:\n  rules:\n    - {{direction: in, {rule}}}\nfeatures")
    return one(name, edit, Expected(FRONT, word, f"firewall.rules[0]{field}", value, allowed))


CASES = (
    _told("no macro", "macro: SHH", "SHH", "SHH", "one of Proxmox's macros: Amanda, Auth", ".macro"),
    _told("macro with ports", "macro: SSH, proto: tcp, ports: [22]", "SSH", "", "a protocol and ports of its own"),
    _told("source ports alone", "source_ports: [22]", "source_ports", "", "ports need proto tcp"),
    _told("type of no ICMP", "proto: tcp, icmp_type: any", "icmp_type", "", "needs proto icmp or icmpv6"),
    _told("no type of ICMP", "proto: icmp, icmp_type: ping", "ping", "", "icmp has no type ping; it has TOS-host"),
    _told("type of the other ICMP", "proto: icmp, icmp_type: packet-too-big", "packet", "", "no type packet-too-big"),
    _told("two versions of IP", "source: 10.0.0.1, dest: 2001:db8::1", "2001", "", "of IPv4 or of IPv6"),
    _told("ICMP of the other version", "proto: icmp, source: 2001:db8::1", "2001", "", "of IPv4 or of IPv6"),
    _told("loud", "log: loud", "loud", "loud", "'emerg', 'alert'", ".log"),
    _told("a set in capitals", "source: +Office", "+Office", "+Office", "an IP set in lower case (+office)", ".source"),
    _told("a set of a guest's own", "source: +guest/a1", "+guest", "+guest/a1", "an IP set in lower", ".source"),
    _told("host bits", "dest: 10.0.0.5/24", "10.0.0.5", "10.0.0.5/24", "has host bits set; a network", ".dest"),
    one(
        "group of our own",
        Edit(FRONT, "features", "firewall:\n  groups: [guest-101]\nfeatures"),
        Expected(FRONT, "guest-101", "firewall.groups[0]", "guest-101", "a security group of others"),
    ),
    one(
        "group in capitals",
        Edit(CLUSTER, "firewall:", "firewall:\n  groups: [Web]"),
        Expected(CLUSTER, "Web", "firewall.groups[0]", "Web", "must match"),
    ),
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
