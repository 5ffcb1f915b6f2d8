"""One port on every address, though another has the first choice somewhere."""

import random
import socket

import pytest

from tests.ports import BELOW_OUTGOING, free_ports, listening


def test_a_port_that_is_taken_on_one_address_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    [other] = listening(["127.0.0.2"])
    taken = other.getsockname()[1]
    [spare] = free_ports(1)
    choices = iter([taken, spare])
    monkeypatch.setattr(random.SystemRandom, "choice", lambda *_: next(choices))
    found = listening(["127.0.0.1", "127.0.0.2"])
    with other:
        assert [each.getsockname() for each in found] == [("127.0.0.1", spare), ("127.0.0.2", spare)]
        # what the failed attempt had is given back
        socket.create_server(("127.0.0.1", taken)).close()
    for each in found:
        each.close()


def test_ports_differ_and_are_none_that_connections_get() -> None:
    found = free_ports(50)
    assert len(set(found)) == 50
    assert set(found) <= set(BELOW_OUTGOING)
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        assert int(file.read().split()[0]) >= BELOW_OUTGOING.stop
