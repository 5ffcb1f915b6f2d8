"""Ports of loopback that nobody holds, and nobody gets in the meantime by chance."""

import errno
import random
import socket
from collections.abc import Sequence

BELOW_OUTGOING = range(20_000, 32_768)
"""Linux takes the port of an outgoing connection from 32768 on (ip(7), ip_local_port_range): one from there, given back
for a moment, is soon somebody's."""
ATTEMPTS = 100


def listening(addresses: Sequence[str]) -> list[socket.socket]:
    """Listens on the same port of every address. Raises OSError where no attempt finds one."""
    for attempt in range(ATTEMPTS):
        sockets: list[socket.socket] = []
        port = random.SystemRandom().choice(BELOW_OUTGOING)
        try:
            for address in addresses:
                sockets.append(socket.create_server((address, port)))
            return sockets
        except OSError as error:
            for each in sockets:
                each.close()
            if error.errno != errno.EADDRINUSE or attempt + 1 == ATTEMPTS:
                raise
    raise AssertionError("no attempt")


def free_ports(count: int) -> list[int]:
    """That many different ports of 127.0.0.1, for a server of another process."""
    sockets = [listening(["127.0.0.1"])[0] for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def free_port() -> int:
    """A port of 127.0.0.1, for a server of another process."""
    return free_ports(1)[0]
