"""Every live guest: those that the configuration can say become files, of the others the report tells why not."""

from collections.abc import Mapping

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Ledger
from phoenix.importing.live import lxc, vm
from phoenix.importing.live.around import Around
from phoenix.importing.live.refusal import refusal
from phoenix.importing.old import OldFile

_NAME_KEYS = {"lxc": "hostname", "qemu": "name"}


def guests(ledger: Ledger, answers: Mapping[int, OldFile], around: Around) -> dict[int, NewGuest]:
    """By VMID, without what is inside and without firewalls."""
    found: dict[int, NewGuest] = {}
    names: dict[str, int] = {}
    for vmid, file in sorted(answers.items()):
        top = file.top
        key = _NAME_KEYS[top.need("kind").text()]
        name = str(top.need("config").mapping_data().get(key, ""))
        why = refusal(top, key, around)
        if not why and name.lower() in names:
            why = f"guest {names[name.lower()]} has its name, and DNS knows one of each"
        if why:
            ledger.missing.append(f"guest {vmid} ({name}), which stays as it is: {why}")
            ledger.leave_out(top, why)
            continue
        names[name.lower()] = vmid
        make = lxc.container if key == "hostname" else vm.machine
        found[vmid] = make(ledger, vmid, top, around)
    return found
