"""The parts of `nvidia`."""

from phoenix.features.download import Installed
from phoenix.features.given import Given
from phoenix.features.nvidia import NvidiaOptions
from phoenix.features.part import Packages, Part

# the runfile is NVIDIA's installer; in a container it must leave the kernel alone
_INSTALL = """
sh "$file" --silent --no-questions --ui=none --no-kernel-module --no-backup --no-x-check --tmpdir="$work" >&2
[ -x "$path" ] || { echo "the installer left no $path; see /var/log/nvidia-installer.log" >&2; exit 1; }
"""


def parts(options: NvidiaOptions, given: Given) -> list[Part]:
    driver = Installed("nvidia", given.artifacts["nvidia"], "/usr/bin/nvidia-smi", _INSTALL)
    return [Packages(("curl", "ca-certificates", *options.packages)), driver]
