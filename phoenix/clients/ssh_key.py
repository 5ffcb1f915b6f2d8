"""The public half of an SSH private key's file.

Keys as `ssh-keygen` writes them are read here, where their public half stands in the clear: asyncssh takes a fifth of
a second to import. It reads all others. https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
"""

import base64
import struct
from collections.abc import Iterator
from pathlib import Path

_BEGIN, _END = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"
_PADDING = bytes(range(1, 256))


def public_key(key_file: Path) -> str:
    """The public half with its comment, as one line of OpenSSH's; raises ValueError when it cannot be read."""
    try:
        text = key_file.read_text(errors="replace").strip()
    except OSError as error:
        raise ValueError(f"{key_file}: {error}") from None
    if text.startswith(_BEGIN) and text.endswith(_END):
        try:
            return _plain(base64.b64decode(text.removeprefix(_BEGIN).removesuffix(_END)))
        except (ValueError, struct.error):
            pass
    return _any(key_file)


def _plain(content: bytes) -> str:
    """The line of a key that no passphrase locks; raises ValueError for others."""
    if not content.startswith(_MAGIC):
        raise ValueError("no key of OpenSSH's")
    cipher, _, _, rest = _strings(content[len(_MAGIC) :], 3)
    (count,) = struct.unpack_from(">I", rest)
    if cipher != b"none" or count != 1:
        raise ValueError("it is locked, or there are several")
    public, private, _ = _strings(rest[4:], 2)
    # two equal numbers; then the key's parts, of which the last is its comment; then padding
    *parts, _ = _strings(private[8:])
    kind, _ = _strings(public, 1)
    line = f"{kind.decode()} {base64.b64encode(public).decode()}"
    return f"{line} {parts[-1].decode()}".strip()


def _strings(content: bytes, count: int | None = None) -> Iterator[bytes]:
    """`count` strings with their length before them, or all up to the padding; then what is left."""
    while count != 0 and not (count is None and _PADDING.startswith(content)):
        (size,) = struct.unpack_from(">I", content)
        if size > len(content) - 4:
            raise ValueError("cut short")
        yield content[4 : 4 + size]
        content = content[4 + size :]
        count = None if count is None else count - 1
    yield content


def _any(key_file: Path) -> str:
    import asyncssh

    try:
        return asyncssh.read_private_key(key_file).export_public_key().decode().strip()
    except (OSError, asyncssh.KeyImportError) as error:
        raise ValueError(f"{key_file}: {error}") from None
