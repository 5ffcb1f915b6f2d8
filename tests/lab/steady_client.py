"""A client that never stops asking: every URL so many times a second, each request on a connection of its own.

Run as a program it asks until its standard input ends, then prints a JSON object: for each URL what came of it.
"""

import asyncio
import contextlib
import json
import ssl
import sys
import time
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

LIMIT = 30.0


@dataclass
class Tally:
    """One URL: how many requests, those that failed (seconds after the start, and why), and the leaves that were
    shown (hex SHA-256). `distrusted` are handshakes that ended for want of trust or a wrong name. Times in seconds."""

    requests: int = 0
    failures: list[tuple[float, str]] = field(default_factory=list)
    distrusted: int = 0
    slowest: float = 0.0
    leaves: list[str] = field(default_factory=list)
    longest_gap: float = 0.0
    """The longest time between two answers' requests in which every request failed."""


async def ask(url: str, trust: ssl.SSLContext, tally: Tally, begun: float) -> None:
    """One request; anything but an answer below 500 to a verified handshake is a failure."""
    parts = urlsplit(url)
    at = time.monotonic()
    tally.requests += 1
    try:
        async with asyncio.timeout(LIMIT):
            await _request(parts.hostname or "", parts.port or 443, parts.path or "/", trust, tally)
    except ssl.SSLCertVerificationError as error:
        tally.distrusted += 1
        tally.failures.append((round(at - begun, 2), f"distrusted: {error.verify_message}"))
    except (OSError, ValueError, TimeoutError, EOFError) as error:
        tally.failures.append((round(at - begun, 2), f"{type(error).__name__}: {error}"))
    tally.slowest = max(tally.slowest, round(time.monotonic() - at, 2))


async def _request(host: str, port: int, path: str, trust: ssl.SSLContext, tally: Tally) -> None:
    reader, writer = await asyncio.open_connection(host, port, ssl=trust)
    try:
        leaf = sha256(writer.get_extra_info("ssl_object").getpeercert(binary_form=True)).hexdigest()
        if leaf not in tally.leaves:
            tally.leaves.append(leaf)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        answer = await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    status = answer.partition(b"\r\n")[0].split(b" ", 2)
    if len(status) < 2 or not status[1].isdigit() or int(status[1]) >= 500:
        raise ValueError(f"answered {answer[:120]!r}")


class Trust:
    """The roots in a file, read anew when it was replaced."""

    def __init__(self, path: Path) -> None:
        self._path, self._seen, self._context = path, 0, ssl.create_default_context()

    @property
    def context(self) -> ssl.SSLContext:
        """What a connection that begins now verifies with."""
        seen = self._path.stat().st_mtime_ns
        if seen != self._seen:
            self._seen, self._context = seen, ssl.create_default_context(cafile=str(self._path))
        return self._context


async def steady(urls: list[str], rate: float, trust: Trust) -> dict[str, Tally]:
    """Asks until standard input ends; requests that are under way then are waited for."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    tallies = {url: Tally() for url in urls}
    begun = time.monotonic()
    tick = 0
    async with asyncio.TaskGroup() as requests:
        while not ended.is_set():
            for url, tally in tallies.items():
                requests.create_task(ask(url, trust.context, tally, begun))
            tick += 1
            await asyncio.sleep(max(0.0, begun + tick / rate - time.monotonic()))
    for tally in tallies.values():
        tally.longest_gap = _longest_gap(sorted(at for at, _ in tally.failures), 1.5 / rate)
    return tallies


def _longest_gap(failed: list[float], apart: float) -> float:
    longest = start = last = 0.0
    for number, at in enumerate(failed):
        start = at if number == 0 or at - last > apart else start
        last = at
        longest = max(longest, at - start + apart / 1.5)
    return round(longest, 2)


if __name__ == "__main__":
    root, rate, *urls = sys.argv[1:]
    found = asyncio.run(steady(urls, float(rate), Trust(Path(root))))
    json.dump({url: asdict(tally) for url, tally in found.items()}, sys.stdout, indent=1)
