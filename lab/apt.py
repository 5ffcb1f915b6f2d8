"""The machine's own apt configuration, handed on to mmdebstrap."""

import re
import subprocess
from pathlib import Path

CODENAME = "bookworm"
# Options that decide whether and how the machine reaches its mirror.
PASSED_ON = re.compile(r"^Acquire::(https?::|Check-|Retries|ForceIPv[46])")


def machine_sources(apt: Path = Path("/etc/apt"), codename: str = CODENAME) -> list[str]:
    """The machine's one-line apt entries for Debian ``codename``, its updates and its security suite.

    :raises LookupError: the machine has no such entry.
    """
    entries: list[str] = []
    for file in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]:
        if file.suffix == ".sources":
            entries += _from_deb822(file.read_text())
        elif file.suffix == ".list" and file.exists():
            entries += [line.strip() for line in file.read_text().splitlines() if line.strip().startswith("deb ")]
    chosen = [entry for entry in entries if _is_debian(entry, codename)]
    if not chosen:
        raise LookupError(f"no apt entry for Debian {codename} main in {apt}; add one, then try again")
    return list(dict.fromkeys(chosen))


def machine_options() -> list[str]:
    """The machine's apt options that concern fetching, each as ``Key "value";``."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True, timeout=30).stdout
    return [line for line in dump.splitlines() if PASSED_ON.match(line) and not line.endswith('"";')]


def _from_deb822(text: str) -> list[str]:
    entries = []
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", "\n".join(lines), re.MULTILINE))
        if "deb" not in fields.get("Types", "").split() or fields.get("Enabled", "yes").strip() == "no":
            continue
        options = f"[signed-by={fields['Signed-By'].strip()}] " if fields.get("Signed-By", "").startswith("/") else ""
        entries += [
            f"deb {options}{uri} {suite} {fields.get('Components', '').strip()}"
            for uri in fields.get("URIs", "").split()
            for suite in fields.get("Suites", "").split()
        ]
    return entries


def _is_debian(entry: str, codename: str) -> bool:
    words = re.sub(r"\[[^]]*\]", "", entry).split()
    known = {codename, f"{codename}-updates", f"{codename}-security"}
    return len(words) > 3 and words[2].rstrip("/") in known and "main" in words[3:]
