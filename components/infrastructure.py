"""Stage 1: stack files on the shared path, DNS and firewall on the node, the guests, trust in their authority."""

import pulumi

from components.guest import Guest
from components.stage import Stage
from phoenix.plan.infrastructure import InfrastructurePlan
from phoenix.providers.files.directory import Directory
from phoenix.providers.files.file_set import FileSet
from phoenix.providers.files.stack_files import StackFiles
from phoenix.providers.pki.authority_roots import AuthorityRoots
from phoenix.providers.pki.trusted_root import TrustedRoot
from phoenix.providers.program.owner import Owner


class Infrastructure(Stage):
    """Everything that the Swarm needs to exist before it; `guests` by VMID."""

    def __init__(self, plan: InfrastructurePlan, parent: pulumi.Resource) -> None:
        super().__init__("infrastructure", parent)
        self._after = (Owner("owner", plan.owner, self.options()),)
        shares = [Directory(f"shared-{each.path}", each, self.options()) for each in plan.shared]
        for name, files in plan.stack_files.items():
            StackFiles(f"stack-files-{name}", files, self.options(*shares))
        names = FileSet("dns", plan.dns, self.options())
        wall = FileSet("firewall", plan.firewall, self.options())
        self.guests: dict[int, Guest] = {}
        roots: AuthorityRoots | None = None
        for vmid, guest in plan.guests.items():
            waits = [self.guests[each] for each in plan.waits_for[vmid]]
            self.guests[vmid] = Guest(guest, self, [names, wall, *shares, *waits], roots)
            if vmid == plan.ca_guest:
                roots = AuthorityRoots("authority-roots", plan.roots, self.options(self.guests[vmid]))
        assert roots is not None
        self.roots = roots
        TrustedRoot("node-trusted-root", plan.trusted_root, self.options(roots), made_from=roots.anchors)
        self.register_outputs({})
