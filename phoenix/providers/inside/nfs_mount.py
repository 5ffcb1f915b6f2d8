"""An NFS share mounted inside a virtual machine, now and after each start."""

from collections.abc import Sequence
from enum import Enum

from phoenix.clients.shell import open_shell
from phoenix.features.part import Packages
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.inside import MOUNTED, NfsMountSpec

MOUNT_SECONDS = 60.0
PACKAGE = "nfs-common"

_SHOW = """
point=$1
awk -v point="$point" '$1 !~ /^#/ && $2 == point { print "line", $1, $3, $4 }' /etc/fstab
if findmnt -n -M "$point" -o FSTYPE,SOURCE > /dev/null; then
  echo "mounted $(findmnt -n -M "$point" -o FSTYPE,SOURCE | tail -n 1)"
fi
"""
_FSTAB = """
new=$(mktemp /etc/fstab.XXXXXX); trap 'rm -f "$new"' EXIT
awk -v point="$2" '$1 ~ /^#/ || $2 != point' /etc/fstab > "$new"
[ -z "$1" ] || echo "$1 $2 nfs $3 0 0" >> "$new"
chmod 0644 "$new"; mv -fT "$new" /etc/fstab
systemctl daemon-reload
"""
_MOUNT = """
mkdir -p "$1"
if findmnt -n -M "$1" >/dev/null; then umount "$1"; fi
mount "$1"
"""


class MountAction(Enum):
    """What there is to do."""

    RECORD = "write its line into /etc/fstab"
    MOUNT = "mount it"

    def __str__(self) -> str:
        return self.value


class NfsMountReconciler(Reconciler[NfsMountSpec, MountAction]):
    """Keeps a line of /etc/fstab and the mount it describes."""

    spec = NfsMountSpec
    replace_on = frozenset({"target", "mount_point"})

    def identity(self, desired: NfsMountSpec) -> str:
        return f"{desired.target}/mount{desired.mount_point}".replace(" ", "/")

    def observe(self, settings: Settings, desired: NfsMountSpec) -> Observation[NfsMountSpec] | None:
        lines = open_shell(settings, desired.target).script(_SHOW, desired.mount_point).text.splitlines()
        source, state = "", "not mounted"
        options: tuple[str, ...] = ()
        for line in lines:
            match line.split():
                case ["line", device, "nfs" | "nfs4", given]:
                    source, options = device, tuple(given.split(","))
                case ["mounted", kind, device]:
                    # what the kernel calls NFS must be the share that is meant; other kinds are a helper's business
                    other = kind.startswith("nfs") and device.rstrip("/") != desired.source.rstrip("/")
                    state = f"another is mounted: {device}" if other else MOUNTED
        if not source and state == "not mounted":
            return None
        return Observation(desired.model_copy(update={"source": source, "options": options, "state": state}))

    def plan(self, live: NfsMountSpec | None, desired: NfsMountSpec) -> Sequence[MountAction]:
        if live is None:
            return [MountAction.RECORD, MountAction.MOUNT]
        if (live.source, live.options) != (desired.source, desired.options):
            # a share mounted by other options or from elsewhere is mounted anew
            return [MountAction.RECORD, MountAction.MOUNT]
        return [] if live.state == desired.state else [MountAction.MOUNT]

    def perform(self, settings: Settings, desired: NfsMountSpec, action: MountAction) -> None:
        shell = open_shell(settings, desired.target)
        if action is MountAction.RECORD:
            package = Packages((PACKAGE,))
            if shell.run(["sh", "-euc", package.check()], check=False).exit_code != 0:
                package.apply(shell)
            shell.script(_FSTAB, desired.source, desired.mount_point, ",".join(desired.options))
            return
        done = shell.script(_MOUNT, desired.mount_point, timeout=MOUNT_SECONDS, check=False)
        if done.exit_code != 0:
            raise desired.failure(
                f"mount {desired.source}",
                done.complaint,
                "see whether the share is exported to this guest (`exportfs -v` on the node) and whether "
                "a program still uses the mount point, then run again",
            )

    def remove(self, settings: Settings, spec: NfsMountSpec) -> None:
        shell = open_shell(settings, spec.target)
        shell.script('! findmnt -n -M "$1" >/dev/null || umount "$1"', spec.mount_point, timeout=MOUNT_SECONDS)
        shell.script(_FSTAB, "", spec.mount_point, "")


class NfsMount(Resource[NfsMountSpec], reconciler=NfsMountReconciler()):
    """One NFS share in a guest."""
