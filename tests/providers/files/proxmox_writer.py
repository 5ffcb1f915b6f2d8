"""What Proxmox makes of a firewall file when somebody changes it in the interface: save_clusterfw_conf, save_vmfw_conf.

Free comments and empty lines go, names become lower case, sections and groups get an order, options none.
"""

from phoenix.providers.files.shared import sections


def saved(text: str) -> str:
    """The file as Proxmox writes it anew."""
    found: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for section in sections.parse(text):
        if section.kind:
            comment, lines = found.setdefault((section.kind, section.name), (section.comment, []))
            lines += [line for _, line in section.entries()]
    written = ""
    for kind in ("options", "aliases", "ipset", "rules", "group"):
        for (_, name), (comment, lines) in sorted(each for each in found.items() if each[0][0] == kind):
            header = kind.upper() if kind != "group" else kind
            # Perl's keys come in no order
            shown = lines if kind in ("rules", "group") else lines[::-1] if kind == "options" else sorted(lines)
            title = f"[{header} {name}]" if name else f"[{header}]"
            written += "".join(f"{line}\n" for line in [title + (f" # {comment}" if comment else ""), "", *shown, ""])
    return written
