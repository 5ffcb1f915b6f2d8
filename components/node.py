"""The rest of stage 1: shared directories, stack files, DNS and firewall on the node, and the guests."""

from dataclasses import dataclass

from components.guest import Guest
from components.infrastructure import Infrastructure
from phoenix.plan.infrastructure import InfrastructurePlan
from phoenix.providers.files.directory import Directory
from phoenix.providers.files.file_set import FileSet
from phoenix.providers.files.stack_files import StackFiles
from phoenix.providers.pki.authority_roots import AuthorityRoots
from phoenix.providers.pki.trusted_root import TrustedRoot


@dataclass(frozen=True)
class Placed:
    """The `guests` by VMID, and the roots of the authority that one of them is."""

    guests: dict[int, Guest]
    roots: AuthorityRoots


def place(stage: Infrastructure, plan: InfrastructurePlan) -> Placed:
    """Places all of it in the stage, which is then complete."""
    shares = [Directory(f"shared-{each.path}", each, stage.options()) for each in plan.shared]
    for name, files in plan.stack_files.items():
        StackFiles(f"stack-files-{name}", files, stage.options(*shares))
    names = FileSet("dns", plan.dns, stage.options())
    wall = FileSet("firewall", plan.firewall, stage.options())
    guests: dict[int, Guest] = {}
    roots: AuthorityRoots | None = None
    for vmid, guest in plan.guests.items():
        waits = [guests[each] for each in plan.waits_for[vmid]]
        guests[vmid] = Guest(guest, stage, [names, wall, *shares, *waits], roots)
        if vmid == plan.ca_guest:
            roots = AuthorityRoots("authority-roots", plan.roots, stage.options(guests[vmid]))
    assert roots is not None
    TrustedRoot("node-trusted-root", plan.trusted_root, stage.options(roots), made_from=roots.anchors)
    stage.register_outputs({})
    return Placed(guests, roots)
