"""What a guest is held against: the node that it is on."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network


@dataclass(frozen=True)
class Around:
    """The node's address and network, what guests need not say, and what they may have been made from."""

    address: IPv4Interface
    gateway: IPv4Address
    bridge: str
    domain: str
    cores: int
    lxc_storage: str
    vm_storage: str
    lxc_persistent: str
    archives: tuple[str, ...] = ()
    """Container templates in the store of images."""
    images: tuple[str, ...] = ()
    """Cloud images there."""
    vm_template: tuple[int, int] | None = None
    """A machine that others may be cloned from, and the GiB of its disk."""

    @property
    def lan(self) -> IPv4Network:
        """The network of every guest."""
        return self.address.network

    @property
    def taken(self) -> frozenset[IPv4Address]:
        """Addresses that no guest can have."""
        return frozenset((self.address.ip, self.gateway, self.lan.network_address, self.lan.broadcast_address))

    def archive(self, system: str) -> str:
        """The newest archive of the operating system, `debian`; any where there is none; empty without archives."""
        return max(_of(self.archives, system), default=max(self.archives, default=""))


def _of(names: Iterable[str], system: str) -> list[str]:
    return [each for each in names if each.startswith(f"{system}-")]
