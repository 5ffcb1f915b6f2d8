"""What a measurement was made on: enough to judge it, nothing that says whose machine it was."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.comparison import Raw
from toolchain.packages import pinned
from toolchain.places import REQUIREMENTS


def machine() -> Raw:
    """Processor, memory, system, versions, and the load of the last minute."""
    return {
        "processor": _line("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int((_line("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1024**2),
        "system": _line("/etc/os-release", "PRETTY_NAME", "=").strip('"'),
        "kernel": platform.release().split("-")[0],
        "load": round(os.getloadavg()[0], 1),
        "versions": {
            "python": platform.python_version(),
            "pulumi": _engine(),
            "pulumi package": version("pulumi"),
            "ansible": pinned("ansible", REQUIREMENTS / "ansible.txt"),
            "ansible-core": pinned("ansible-core", REQUIREMENTS / "ansible.txt"),
        },
    }


def _line(path: str, key: str, separator: str = ":") -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(separator)
        if name.strip() == key:
            return value.strip()
    return ""


def _engine() -> str:
    asked = subprocess.run(["pulumi", "version"], capture_output=True, text=True, timeout=60, check=True)
    return asked.stdout.strip().removeprefix("v")
