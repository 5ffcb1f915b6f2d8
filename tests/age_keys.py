"""age identities for tests, and files that SOPS encrypts for them: https://age-encryption.org/v1 ."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from toolchain.build import build, recipe
from toolchain.report import ToolchainError

_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


@dataclass(frozen=True)
class AgeKey:
    """Who decrypts (`identity`, a secret), and for whom is encrypted."""

    identity: str
    recipient: str


def new_key() -> AgeKey:
    """A key as `age-keygen` makes it."""
    key = X25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    return AgeKey(_bech32("age-secret-key-", key.private_bytes_raw()).upper(), _bech32("age", public))


@cache
def sops() -> str:
    """SOPS from PATH or the toolchain's cache, built where neither has it; skips where it cannot be built."""
    if found := shutil.which("sops"):
        return found
    try:
        return str(build(recipe("sops")))
    except ToolchainError as error:
        pytest.skip(f"sops is not on PATH and cannot be built here: {error}")


def encrypt(path: Path, content: bytes, key: AgeKey) -> None:
    """Writes `content`, as `sops encrypt --in-place` leaves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    subprocess.run([sops(), "encrypt", "--age", key.recipient, "--in-place", str(path)], check=True, timeout=60)


def _bech32(prefix: str, content: bytes) -> str:
    """BIP 173, https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki , without its limit of length."""
    words = [*_words(content)]
    expanded = [ord(each) >> 5 for each in prefix] + [0] + [ord(each) & 31 for each in prefix]
    check = _checksum([*expanded, *words, *[0] * 6]) ^ 1
    words += [(check >> 5 * (5 - index)) & 31 for index in range(6)]
    return f"{prefix}1{''.join(_SIGNS[each] for each in words)}"


def _words(content: bytes) -> Iterator[int]:
    bits = "".join(f"{each:08b}" for each in content)
    bits += "0" * (-len(bits) % 5)
    return (int(bits[index : index + 5], 2) for index in range(0, len(bits), 5))


def _checksum(words: Iterable[int]) -> int:
    found = 1
    for word in words:
        top, found = found >> 25, (found & 0x1FFFFFF) << 5 ^ word
        for index, generator in enumerate(_GENERATORS):
            found ^= generator if top >> index & 1 else 0
    return found
