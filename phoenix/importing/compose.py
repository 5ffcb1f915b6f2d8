"""The compose file of a stack: as it is, but for what a Swarm drops, volumes that nobody makes, and secrets."""

from pathlib import PurePosixPath

from phoenix.importing.guest import NewGuest
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old, OldFile
from phoenix.importing.variable import Variable, setting_of
from phoenix.model.document import Loc

_DROPPED = {
    "container_name": "a Swarm's service has many containers; Docker drops the name there",
    "links": "services of one network find each other by name",
    "pull_policy": "a Swarm pulls what a node lacks",
}
_VOLUME = (
    "the old system made the volume by hand, on one VM, for a service on another; here it is a folder of the share"
)


def compose_file(new: NewFile, old: OldFile, guest: NewGuest, stack: str) -> None:
    """Every value of the old file, in its order."""
    for key, section in old.top.items():
        if key == "services":
            for name, service in section.items():
                _service(new, name, service)
        elif key == "volumes" and isinstance(section.data, dict):
            for name, volume in section.items():
                _volume(new, name, volume, guest, stack)
        else:
            _copy(new, (key,), section)


def _service(new: NewFile, name: str, old: Old) -> None:
    for key, each in old.items():
        if key in _DROPPED:
            new.ledger.leave_out(each, _DROPPED[key])
        elif key == "environment" and not isinstance(each.data, dict | list | None):
            raise each.refuse("a mapping, or a list of NAME=value")
        else:
            _copy(new, ("services", name, key), each)


def _volume(new: NewFile, name: str, old: Old, guest: NewGuest, stack: str) -> None:
    external = old.data.get("external") if isinstance(old.data, dict) else None
    mounted = (guest.file.get("nfs") or [{}])[0].get("mount_point")
    if not external or mounted is None:
        _copy(new, ("volumes", name), old)
        return
    folder = name.removesuffix("_nfs").removesuffix("_data") or stack
    made = {"driver": "local", "driver_opts": {"type": "none", "o": "bind", "device": f"{mounted}/{folder}/data"}}
    for leaf in old.leaves():
        new.change(("volumes", name), made, leaf, _VOLUME)


def _copy(new: NewFile, at: Loc, old: Old) -> None:
    """The value with all that is in it; without a value the key stands alone."""
    if isinstance(old.data, dict) and old.data:
        for key, each in old.items():
            _copy(new, (*at, key), each)
    elif isinstance(old.data, list) and old.data:
        for index, each in enumerate(old.entries()):
            _copy(new, (*at, index), each)
    elif not old.is_secret:
        new.add(at, old.data)
        new.refer(at, old, old.data)
    else:
        new.add(at, old.data)


def take_secrets(new: NewFile, old: OldFile, stack: str) -> list[Variable]:
    """Variables for the secrets in services' `environment`; raises ImportingError for one that stands elsewhere."""
    found: list[Variable] = []
    for leaf in old.top.leaves():
        if not leaf.is_secret:
            continue
        if len(leaf.loc) != 4 or leaf.loc[0] != "services" or leaf.loc[2] != "environment":
            raise leaf.refuse("no secret here: let it be a variable, ${NAME}, and give its value beside the stack")
        name = str(leaf.data).partition("=")[0] if isinstance(leaf.loc[3], int) else str(leaf.loc[3])
        value = f"{name}=${{{name}}}" if isinstance(leaf.loc[3], int) else f"${{{name}}}"
        new.add(leaf.loc, value)
        new.ledger.secret(leaf, setting_of(stack, name), f"variable {name} of {stack}")
        found.append(Variable(name))
    return found


def device(guest: NewGuest, folder: str) -> str:
    """A folder of the guest's share, as the guest sees it."""
    mounted = (guest.file.get("nfs") or [{}])[0].get("mount_point", "/mnt/persistent")
    return str(PurePosixPath(mounted) / folder)
