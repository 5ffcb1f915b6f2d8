"""A configuration of any size: the reference cluster widened by containers, rules, records, routes and stacks.

    python -m benchmarks.growth.generator GUESTS FOLDER

Every further container has ten firewall rules and two DNS records, three of ten offer a service to the gateways, and
for each ten guests there is a stack. The result is a checkout's `config` and `stacks`.
"""

import ipaddress
import re
import shutil
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
REFERENCE = 15
"""Guests of the reference cluster."""
FIRST_VMID = 10_000
FIRST_ADDRESS = ipaddress.IPv4Address("10.0.4.1")
FIRST_PORT = 20_000
RULES = 10
RECORD = "    - {name: drphoenix-agent, guest: 1002}\n"
MACHINE = "config/guests/1002-drphoenix.yaml"


def generate(guests: int, folder: Path) -> Path:
    """Fill `folder` with a configuration of so many guests. Raises ValueError where the reference has changed."""
    further = max(0, guests - REFERENCE)
    for name in ("config", "stacks"):
        shutil.copytree(CHECKOUT / name, folder / name, dirs_exist_ok=True)
    _widen(folder)
    _records(folder / "config" / "cluster.yaml", further)
    for number in range(further):
        path = folder / "config" / "guests" / f"{FIRST_VMID + number}-g{number}.yaml"
        path.write_text(_container(number, further), encoding="utf-8")
    _stacks(folder, further // 10)
    return folder


def _widen(folder: Path) -> None:
    """A network of a /16 instead of the /24, so that there is an address for everyone."""
    for path in (folder / "config" / "cluster.yaml", *(folder / "config" / "guests").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\b(10\.0\.0\.\d+)/24\b", r"\1/16", text), encoding="utf-8")


def _records(path: Path, further: int) -> None:
    records = (f"    - {{name: r{n}{letter}, guest: {FIRST_VMID + n}}}\n" for n in range(further) for letter in "ab")
    _replace(path, RECORD, RECORD + "".join(records))


def _container(number: int, further: int) -> str:
    rules = "".join(_rule(number, each, further) for each in range(RULES))
    service = f"traefik_service: {{name: service-{number}, port: 8080}}\n" if number % 10 < 3 else ""
    return (
        f"type: lxc\nvmid: {FIRST_VMID + number}\nname: g{number}\nsource: {{clone: 900}}\n\ncores: 2\n"
        f"memory_mb: 2048\ndisk_gb: 16\nnetwork:\n  address: {FIRST_ADDRESS + number}/16\n  gateway: 10.0.0.1\n"
        f"unprivileged: true\n{service}firewall:\n  enabled: true\n  rules:\n{rules}"
    )


def _rule(number: int, each: int, further: int) -> str:
    source = FIRST_ADDRESS + (number * 7 + each * 13 + 1) % further
    return (
        f"    - {{direction: in, action: ACCEPT, proto: tcp, source: {source}, ports: [{8000 + each}], "
        f"comment: rule {each}}}\n"
    )


def _stacks(folder: Path, count: int) -> None:
    names = [f"stack{number}" for number in range(count)]
    if names:
        text = (folder / MACHINE).read_text(encoding="utf-8")
        listed = re.search(r"docker_stacks: \[([^\]]*)\]", text)
        if listed is None:
            raise ValueError(f"{MACHINE} lists no stacks")
        _replace(folder / MACHINE, listed[0], f"docker_stacks: [{', '.join([listed[1], *names])}]")
    model = folder / "stacks" / "qdrant_service"
    for number, name in enumerate(names):
        copy = folder / "stacks" / name
        copy.mkdir(exist_ok=True)
        for file in ("stack.yaml", "compose.yaml"):
            text = (model / file).read_text(encoding="utf-8").replace("qdrant.internal", f"{name}.internal")
            # Traefik knows one router and one service of a name
            text = re.sub(r"(?<=http\.)(routers|services)\.qdrant", rf"\1.{name}", text)
            for port in (0, 1):
                text = text.replace(f"633{3 + port}", str(FIRST_PORT + 2 * number + port))
            (copy / file).write_text(text, encoding="utf-8")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{path.name} has {text.count(old)} times: {old}")
    path.write_text(text.replace(old, new), encoding="utf-8")


if __name__ == "__main__":
    generate(int(sys.argv[1]), Path(sys.argv[2]))
