"""What is inside of guests: features, shares, and the roles that follow from what runs there."""

from collections import Counter
from collections.abc import Iterable, Mapping

from phoenix.features.registry import FEATURES
from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate
from phoenix.importing.live.answers import at
from phoenix.vocabulary.network import is_ipv4

_ROLES = {"gateway": "nginx", "traefik": "traefik"}
_ANEW = "the share is mounted with other options than the product's; the first `up` mounts it anew"


def roles(guests: Mapping[int, NewGuest], addressed: Iterable[str]) -> None:
    """Gateway and Traefik, by the units that run; `addressed` are where names lead, each as often as one does."""
    counted = Counter(addressed)
    for role, unit in _ROLES.items():
        holders = [each for each in guests.values() if unit in units(each)]
        if not holders:
            continue
        holder = max(holders, key=lambda each: counted[each.ip])
        holder.file.add(("roles", len(holder.file.get("roles") or ())), role)
        others = ", ".join(str(each.vmid) for each in holders if each is not holder)
        if others:
            why = (
                f"one guest has the role {role}: {holder.vmid}, which most names lead to; {unit} runs in {others}, too"
            )
            holder.ledger.missing.append(why)


def units(guest: NewGuest) -> frozenset[str]:
    """Active units that features bring."""
    found = at(guest.old, "inside", "units")
    return frozenset(found.data) if found is not None else frozenset()


def features(guest: NewGuest) -> None:
    """Those that are complete, and those that its roles need."""
    ledger, file = guest.ledger, guest.file
    needed = {"docker"} if file.get("swarm") else set[str]()
    needed |= {{**_ROLES, "ca": "step_ca"}[role] for role in file.get("roles") or ()}
    found = at(guest.old, "inside", "features")
    for name, unmet in found.items() if found is not None else ():
        if FEATURES[name].needs_gpu and file.get("type") == "lxc" and not file.get("gpus"):
            ledger.leave_out(unmet, f"{name} needs a card, and the configuration can say none for this guest")
        elif name == "step_ca" and "ca" not in (file.get("roles") or ()):
            ledger.leave_out(unmet, "step_ca belongs to the guest with the role ca")
        elif not unmet.data or name in needed:
            index = len(file.get("features") or ())
            file.add(("features", index), name)
            place = file.place("features", index)
            if unmet.data:
                ledger.note(Fate.CHANGED, unmet, place, name, "the first `up` makes these parts of it")
            else:
                ledger.note(Fate.KEPT, unmet, place, name)
        else:
            ledger.leave_out(unmet, f"{name} is there in part: what is listed is not as the product makes it")
    if (listed := at(guest.old, "inside", "units")) is not None:
        ledger.note(Fate.KEPT, listed, file.place("features"))
    known = {*(file.get("features") or ())}
    for unit in sorted(units(guest)):
        names = [name for name, each in FEATURES.items() if each.unit == unit]
        if not known & {*names}:
            what = f"guest {guest.vmid}: the unit {unit} runs; the feature {' or '.join(names)} was not told"
            ledger.missing.append(f"{what}, because it needs options or is there in part: add it by hand")


def shares(guest: NewGuest) -> None:
    """NFS shares of a machine."""
    found = at(guest.old, "inside", "nfs")
    for each in found.entries() if found is not None else ():
        source, point, ours = each.need("source"), each.need("mount_point"), each.need("as_ours")
        server, _, path = source.text().partition(":")
        if guest.file.get("type") != "vm" or not is_ipv4(server):
            guest.ledger.leave_out(each, "only a machine's share from an IPv4 address can be said; it stays mounted")
            continue
        at_ = ("nfs", len(guest.file.get("nfs") or ()))
        guest.file.keep((*at_, "server"), source, server)
        guest.file.keep((*at_, "path"), source, path)
        guest.file.keep((*at_, "mount_point"), point)
        if ours.data:
            guest.ledger.note(Fate.KEPT, ours, guest.file.place(*at_), True)
        else:
            guest.ledger.note(Fate.CHANGED, ours, guest.file.place(*at_), True, _ANEW)
