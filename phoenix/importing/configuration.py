"""From the old files to the new ones, in memory: every value of the old ones has its entry in the ledger."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from phoenix.importing import certificates, cluster, firewall, found, lxc, not_taken, paths, stacks, vm
from phoenix.importing.error import ImportingError
from phoenix.importing.features import features
from phoenix.importing.guest import CLUSTER, NewGuest
from phoenix.importing.ledger import Ledger
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old, OldFile
from phoenix.model import Problem


@dataclass(frozen=True)
class Configuration:
    """Files below the target, by their paths, and what became of the old ones."""

    ledger: Ledger
    files: tuple[NewFile, ...]
    texts: dict[str, str] = field(default_factory=dict)


def configuration(root: Path, leave_out: Collection[str] = ()) -> Configuration:
    """Raises ImportingError: a file that cannot be read, a section that is missing, a key that nobody understands."""
    here = found.find(root)
    for file in here.files:
        file.register_secrets()
    containers = here.section("the list of containers", found.is_containers)
    machines = here.section("the list of virtual machines", found.is_machines)
    for section, title in (
        (containers, "containers: objects by VMID"),
        (machines, "virtual machines: a list with vmid"),
    ):
        if section is None:
            raise ImportingError([Problem(str(root), 1, "", "", f"a file with the {title}; none was found")])
    assert containers is not None
    assert machines is not None
    making = _Making(here, Ledger())
    making.guests(dict(containers.items()), [*machines.entries()])
    making.rest()
    not_taken.leave_out(making.ledger, here)
    making.unread()
    making.ledger.finish(making.read, leave_out)
    files = (making.cluster, making.certificates, *(each.file for each in making.by_vmid.values()), *making.of_stacks)
    return Configuration(making.ledger, files, making.texts)


class _Making:
    """One run: guests first, then what is held against them."""

    def __init__(self, here: found.Found, ledger: Ledger) -> None:
        self.found, self.ledger = here, ledger
        self.cluster = NewFile(CLUSTER, ledger, order=cluster.ORDER)
        self.certificates = NewFile("config/certificates.yaml", ledger, {"certificates": []})
        self.by_vmid: dict[int, NewGuest] = {}
        self.of_stacks: list[NewFile] = []
        self.texts: dict[str, str] = {}
        self.read: list[OldFile] = [*here.files]
        self._served: list[str] = []
        self._networks: list[str] = []

    def guests(self, containers: dict[str, Old], machines: list[Old]) -> None:
        node = cluster.read_node(self.found, containers.values(), machines)
        self.node = node
        ca, ca_paths, ca_directory = _authority(containers, node.pools)
        self.ca_directory = ca_directory
        around = lxc.Around(
            pools=node.pools,
            bridge=node.bridge.text(),
            storage=node.lxc_storage,
            lxc_persistent=node.lxc_persistent,
            ca=ca,
            ca_paths=ca_paths,
            ca_directory=ca_directory,
            sources=lxc.sources(containers.values(), "clone_from_ctid"),
        )
        for key, each in containers.items():
            self._add(lxc.container(self.ledger, lxc.vmid_of(key, each), each, around), each)
        defaults = cluster.vm_defaults(machines)
        of_machines = vm.Around(
            pools=node.pools,
            bridge=node.bridge.text(),
            storage=node.vm_storage,
            defaults=defaults,
            smallest=vm.smallest_clones(machines, defaults),
        )
        for each in machines:
            self._add(vm.machine(self.ledger, each, of_machines), each)
        for guest in self.by_vmid.values():
            clones = [each for each in self.by_vmid.values() if each.file.get("source", "clone") == guest.vmid]
            features(guest, clones)

    def _add(self, guest: NewGuest, old: Old) -> None:
        if guest.vmid in self.by_vmid:
            raise old.refuse(f"a VMID once; {self.by_vmid[guest.vmid].old.place} has {guest.vmid} already")
        self.by_vmid[guest.vmid] = guest

    def rest(self) -> None:
        guests = [*self.by_vmid.values()]
        machines = [each for each in guests if each.file.get("type") == "vm"]
        cluster.node(self.cluster, self.node, self.found, machines)
        cluster.dns(self.cluster, self.found, self.node, guests)
        cluster.operators(self.cluster, self.found, self.node)
        self._firewall(guests)
        cluster.authority(self.cluster, self.found, guests, self.ca_directory)
        cluster.portainer(self.cluster, self.found, guests)
        self._stacks(machines)
        cluster.swarm(self.cluster, self.node, self._networks)
        self._certificates(guests)
        self._endpoints(machines)

    def _firewall(self, guests: list[NewGuest]) -> None:
        for each in guests:
            if (own := each.old.get("firewall")) is not None:
                firewall.guest_rules(each, own)
        section = self.found.section("the node's firewall", found.is_firewall)
        if section is None:
            self.ledger.missing.append("firewall: the node's rules and policies (global_firewall_rules)")
            return
        firewall.node_rules(self.cluster, {each.ip: each for each in guests if each.ip}, section)

    def _stacks(self, machines: list[NewGuest]) -> None:
        domain = self.node.domain.text().lower()
        known = stacks.read(self.found, self.found.section("the list of stacks", found.is_stacks))
        deployed: set[str] = set()
        for guest in machines:
            listed = guest.old.get("docker_stacks")
            for each in listed.entries() if listed is not None else ():
                entry = each.need("name") if isinstance(each.data, dict) else each
                name = entry.text()
                old = known.get(name) or stacks.OldStack(name, "", None, None, None)
                if name in deployed:
                    raise each.refuse("a stack once: the Swarm knows one service of a name")
                deployed.add(name)
                self.read += old.files
                for file in old.files:
                    file.register_secrets()
                new = stacks.stack(self.ledger, self.found, old, guest, domain)
                if new is None:
                    self.ledger.leave_out(each, "the stack has no compose file among the old files")
                    continue
                stacks.listed(guest, entry, each.get("environment") if isinstance(each.data, dict) else None)
                self.of_stacks += [new.manifest, new.compose]
                self.texts |= new.texts
                self.read += new.read
                self._served += stacks.hosts(new)
                self._networks += stacks.external_networks(new)
        for name, old in known.items():
            if name not in deployed:
                for part in (old.manifest, old.listed):
                    self.ledger.leave_out(part, "no guest lists the stack")

    def _certificates(self, guests: list[NewGuest]) -> None:
        domain = self.node.domain.text().lower()
        section = self.found.section("the manifest of certificates", found.is_certificates)
        if section is None:
            self.ledger.missing.append("the manifest of certificates: those alone are made that the product needs")
        served = [*self._served, f"traefik.{domain}"]
        for each in guests:
            name = each.file.get("traefik_service", "name")
            if name and not each.file.get("traefik_service", "direct"):
                served.append(name if name.endswith(domain) else f"{name}.{domain}".lower())
        around = certificates.Around(self.by_vmid, self.node.pools, self.node.lxc_persistent, domain, tuple(served))
        certificates.certificates(self.certificates, section, around)

    def _endpoints(self, machines: list[NewGuest]) -> None:
        section = self.found.section("Portainer's environments", found.is_endpoints)
        names = {each.file.get("portainer", "environment"): each for each in machines}
        for each in section.entries() if section is not None else ():
            name = each.need("Name")
            if (owner := names.get(name.text())) is not None:
                owner.file.refer(("portainer", "environment"), name, name.text())
            else:
                self.ledger.leave_out(name, "no guest makes an environment of that name")
            why = "the product reaches the agent at its guest's address, and verifies it"
            for key, found_here in each.items():
                if key != "Name":
                    self.ledger.leave_out(found_here, why)

    def unread(self) -> None:
        """Files without a value that anybody read."""
        for path, why in self.found.others:
            if path not in {file.path for file in self.read}:
                self.ledger.unread.append((path, why))
        for file in self.found.files:
            if not any(self.ledger.is_known(leaf) for leaf in file.top.leaves()):
                self.read.remove(file)
                self.ledger.unread.append((file.path, "none of its keys belongs to the old system"))


def _authority(containers: dict[str, Old], pools: tuple[str, ...]) -> tuple[int | None, tuple[str, ...], str]:
    """VMID of the guest with the CA, its directories on the node, and the one of them in the guest."""
    for key, each in containers.items():
        listed, mounts = each.get("features"), each.get("mount_points")
        if listed is None or all(name.data != "step_ca" for name in listed.entries()):
            continue
        given = [*mounts.entries()] if mounts is not None else []
        on_node = tuple(paths.on_node(mount.need("host_path").text(), pools) for mount in given)
        inside = str(PurePosixPath(given[0].need("container_path").text())) if given else ""
        return int(key), on_node, inside
    return None, (), ""
