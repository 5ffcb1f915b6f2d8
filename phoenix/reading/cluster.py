"""The whole cluster, in the order in which each answer leads to the next: the node, its guests, what is in them."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from phoenix.clients.proxmox import Node
from phoenix.clients.shell import open_shell
from phoenix.clients.ssh_key import public_key
from phoenix.features.registry import FEATURES
from phoenix.features.surroundings import Authority, Surroundings
from phoenix.importing.live.answers import Answers, answer
from phoenix.importing.old import OldFile
from phoenix.model.artifacts import resolve
from phoenix.reading import authority, certificates, features, guests, inside, node, stacks, swarm, texts
from phoenix.reading.asking import Missing
from phoenix.reading.inside import Inside
from phoenix.reading.swarm import Swarm
from phoenix.settings import Settings
from phoenix.specs.portainer import PortainerServer
from phoenix.specs.target import GuestTarget, NodeTarget, VmTarget

_AT_A_TIME = 6
_UNITS = frozenset(each.unit for each in FEATURES.values() if isinstance(each.unit, str))


def read(settings: Settings, at: str, api_port: int, catalogue: Path) -> Answers:
    """Everything that answers. `at` is the node's address, with the port of its SSH where that is not 22.

    Raises PhoenixError where the node itself does not answer.
    """
    return _Reading(settings, at, api_port, catalogue).answers()


class _Reading:
    """One run."""

    def __init__(self, settings: Settings, at: str, api_port: int, catalogue: Path) -> None:
        self.settings, self.at, self.api_port, self.catalogue = settings, at, api_port, catalogue
        self.missing = Missing()
        self.shell = open_shell(settings, NodeTarget(node=at))

    def answers(self) -> Answers:
        found = node.node(self.settings, self.at, self.api_port, self.missing)
        place = Node(address=self.at, name=found["name"], port=self.api_port)
        machines = guests.guests(self.settings, place, self.missing)
        self._keys(machines)
        targets = {vmid: inside.target(self.at, vmid, data) for vmid, data in machines.items()}
        there = self._inside(machines, targets)
        ca = self._authority(machines, there)
        self._features(machines, targets, there, ca, found)
        for vmid, each in there.items():
            if "nginx" in each.units:
                machines[vmid]["inside"]["names"] = texts.served(self.settings, vmid, targets[vmid], self.missing)
        leader = self._swarm(targets, there)
        folders = self._shared(there)
        secrets = certificates.made_of(leader.secrets.values()) if leader is not None else {}
        main, kept = self._stacks(leader, machines, targets, ca, folders)
        directory, held = self._certificates(there, ca, secrets)
        found["stacks"], found["certificates"] = (folders or [""])[0], directory
        for vmid, each in there.items():
            machines[vmid]["inside"] |= {
                "units": sorted(each.units & _UNITS),
                "nfs": [dict(share) for share in each.nfs],
            }
        return Answers(
            node=answer("node", found),
            guests={vmid: answer(f"{data['kind']}/{vmid}", data) for vmid, data in machines.items()},
            texts=texts.on_the_node(self.shell, self.missing),
            certificates=held,
            authority=answer("step-ca", ca) if ca is not None else None,
            swarm=answer("swarm", leader.data) if leader is not None else None,
            stacks={name: answer(f"stacks/{name}", data) for name, data in kept.items()},
            portainer=answer("portainer", main) if main is not None else None,
            routes=texts.routes(self.settings, self.at, there, self.missing),
            missing=self.missing.said,
        )

    def _keys(self, machines: Mapping[int, dict[str, Any]]) -> None:
        try:
            ours = public_key(self.settings.ssh_key).strip()
        except ValueError as error:
            self.missing.say(f"whether machines know the key that the program logs in with: {error}")
            return
        for data in machines.values():
            if data["kind"] == "qemu":
                data["key_is_ours"] = unquote(data["config"].get("sshkeys", "")).strip() == ours

    def _inside(
        self, machines: Mapping[int, dict[str, Any]], targets: Mapping[int, GuestTarget | None]
    ) -> dict[int, Inside]:
        def one(vmid: int) -> tuple[int, Inside | None]:
            target = targets[vmid]
            if target is None:
                if machines[vmid]["status"] == "running":
                    self.missing.say(f"what is inside of guest {vmid}: nobody can get into it")
                return vmid, None
            with self.missing.unless_told(f"what is inside of guest {vmid}"):
                return vmid, inside.look(self.settings, target)
            return vmid, None

        for data in machines.values():
            data["inside"] = {}
        return {vmid: each for vmid, each in _at_once(one, machines) if each is not None}

    def _authority(self, machines: Mapping[int, dict[str, Any]], there: Mapping[int, Inside]) -> dict[str, Any] | None:
        for vmid, each in there.items():
            if "step-ca" in each.units:
                with self.missing.unless_told(f"the authority in guest {vmid}"):
                    found = authority.authority(self.shell, machines[vmid]["config"])
                    if found is not None:
                        return {"guest": vmid, **found}
        self.missing.say("the certificate authority: no guest that answers runs step-ca from a mounted directory")
        return None

    def _features(
        self,
        machines: Mapping[int, dict[str, Any]],
        targets: Mapping[int, GuestTarget | None],
        there: Mapping[int, Inside],
        ca: Mapping[str, Any] | None,
        found: Mapping[str, Any],
    ) -> None:
        names = [name for feature in FEATURES.values() for name in feature.artifacts]
        artifacts = resolve(names, self.catalogue, self.settings.artifacts)
        gateway = next((vmid for vmid, each in there.items() if "nginx" in each.units), None)
        address = "" if gateway is None else _address(machines[gateway], targets[gateway])

        def one(vmid: int) -> tuple[int, dict[str, list[str]] | None]:
            target = targets[vmid]
            if target is None or vmid not in there or ca is None:
                return vmid, None
            around = self._around(machines, targets, ca, address, target, str(found.get("address", "")))
            return vmid, features.features(self.settings, target, there[vmid], around, artifacts, self.missing)

        for vmid, listed in _at_once(one, machines):
            if listed is None:
                self.missing.say(f"features of guest {vmid}: they can be told only where it runs and answers")
            else:
                machines[vmid]["inside"]["features"] = listed

    def _around(
        self,
        machines: Mapping[int, dict[str, Any]],
        targets: Mapping[int, GuestTarget | None],
        ca: Mapping[str, Any],
        gateway: str,
        target: GuestTarget,
        node_address: str,
    ) -> Surroundings:
        at = _address(machines[ca["guest"]], targets[ca["guest"]])
        known = Authority(
            name=str(ca.get("root_name", "")),
            provisioner=ca["provisioner"],
            dns_names=tuple(ca["dns_names"]),
            directory=ca["directory"],
            port=ca["port"],
            max_lifetime_hours=ca["max_lifetime_hours"],
            url=f"https://{at}:{ca['port']}",
            root=f"{ca['on_node']}/certs/root_ca.crt",
        )
        return Surroundings(
            node=node_address.partition("/")[0],
            gateway=gateway,
            authority=known,
            registry_mirror=self.settings.registry_mirror or "",
            template=False,
            login=target.user if isinstance(target, VmTarget) else "",
            forwarding=False,
        )

    def _swarm(self, targets: Mapping[int, GuestTarget | None], there: Mapping[int, Inside]) -> Swarm | None:
        for vmid, each in there.items():
            target = targets[vmid]
            if "docker" in each.units and isinstance(target, VmTarget):
                with self.missing.unless_told(f"Docker in guest {vmid}"):
                    if swarm.is_manager(self.settings, target):
                        return swarm.look(self.settings, target)
        self.missing.say("the Docker Swarm: no machine that answers leads one")
        return None

    def _shared(self, there: Mapping[int, Inside]) -> list[str]:
        """Directories of the node with a compose file for each stack: shares that are no guest's own."""
        paths = {
            str(share["source"]).partition(":")[2]: None
            for vmid, each in there.items()
            for share in each.nfs
            if str(vmid) not in str(share["source"]).split("/")
        }
        test = 'for each; do if ls "$each"/*/compose.yaml >/dev/null 2>&1; then echo "$each"; fi; done'
        return self.shell.script(test, *paths).text.splitlines() if paths else []

    def _stacks(
        self,
        leader: Swarm | None,
        machines: Mapping[int, dict[str, Any]],
        targets: Mapping[int, GuestTarget | None],
        ca: Mapping[str, Any] | None,
        folders: list[str],
    ) -> tuple[dict[str, Any] | None, dict[str, dict[str, Any]]]:
        if leader is None:
            return None, {}
        main, kept = swarm.portainer(leader), dict[str, dict[str, Any]]()
        if main is None:
            self.missing.say("Portainer: no service of the Swarm runs its server")
        else:
            main["environments"] = {}
            by_name = {data["config"].get("name", "").lower(): vmid for vmid, data in machines.items()}
            holder = targets.get(by_name.get(main["member"].lower(), 0))
            if isinstance(holder, VmTarget) and ca is not None:
                server = PortainerServer(
                    url=f"https://{holder.address}:{main['port']}",
                    node=self.at,
                    root_path=f"{ca['on_node']}/certs/root_ca.crt",
                )
                with self.missing.unless_told("Portainer's environments and stacks"):
                    main["environments"], kept = stacks.of_portainer(self.settings, server, self.missing)
        kept |= stacks.of_the_swarm(self.shell, leader, folders, kept)
        for name, each in kept.items():
            each["ours"] = stacks.deployed_by_us(leader, name)
            each["settings"] = stacks.settings_of(self.settings, each["variables"])
            each["data"] = stacks.deployed(each.pop("compose"), each.pop("constraints", {}))
            words = str(each["data"])
            each["configs"] = {key: dict(value) for key, value in leader.configs.items() if key in words}
            bases = {key: labels.get("phoenix.base", "") for key, labels in leader.secrets.items() if key in words}
            each["secrets"] = {key: base for key, base in bases.items() if base}
        return main, kept

    def _certificates(
        self, there: Mapping[int, Inside], ca: Mapping[str, Any] | None, secrets: Mapping[str, Collection[str]]
    ) -> tuple[str, dict[str, OldFile]]:
        pairs, roots = node.pairs(self.shell), f"{ca['on_node']}/certs/root_ca.crt" if ca is not None else ""
        directory = max(sorted(pairs), key=lambda each: len(pairs[each]), default="")
        found: dict[str, OldFile] = {}
        for name in sorted(pairs.get(directory, ())):
            with self.missing.unless_told(f"the certificate {name} on the node"):
                try:
                    data = certificates.certificate(self.shell, f"{directory}/{name}", roots, there, secrets)
                except ValueError:
                    self.missing.say(f"the certificate {name} on the node: it cannot be read")
                    continue
                found[name] = answer(f"certificates/{name}", data)
        return directory, found


def _address(data: Mapping[str, Any], target: GuestTarget | None) -> str:
    if isinstance(target, VmTarget):
        return target.address
    parts = str(data["config"].get("net0", "")).split(",")
    return next((each.removeprefix("ip=").partition("/")[0] for each in parts if each.startswith("ip=")), "")


def _at_once(one: Callable[[int], Any], every: Mapping[int, object]) -> list[Any]:
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return [*pool.map(one, sorted(every))]
