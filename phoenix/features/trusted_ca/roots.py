"""The CA's roots in a system's trust store: a file each, because the store's index skips a file with two."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from phoenix.clients.files import write
from phoenix.clients.shell import Shell
from phoenix.features.part import File, Part
from phoenix.pki.chain import parse_roots, to_pem

STORE = "/usr/local/share/ca-certificates"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_KEEP = """
name=$1; shift
for each in "$name.crt" "$name"-[0-9].crt; do
  kept=; for wanted in "$@"; do [ "$each" != "$wanted" ] || kept=yes; done
  [ -n "$kept" ] || rm -f -- "$each"
done
update-ca-certificates >&2
"""


@dataclass(frozen=True)
class TrustedRoots(Part):
    """The roots in `pem`, and no other of this name: `<name>.crt`, and during a rotation `<name>-2.crt`."""

    name: str
    pem: str

    @property
    def label(self) -> str:
        return "root in the trust store"

    def _files(self) -> Iterator[File]:
        for number, root in enumerate(parse_roots(self.pem.encode()), start=1):
            yield File(f"{STORE}/{self.name}{f'-{number}' if number > 1 else ''}.crt", to_pem(root).decode())

    def check(self) -> str:
        files = list(self._files())
        count = f'[ "$(ls {STORE}/{self.name}.crt {STORE}/{self.name}-[0-9].crt 2>/dev/null | wc -l)" = {len(files)} ]'
        return " && ".join([*(each.check() for each in files), count, *(_in_bundle(each.content) for each in files)])

    def apply(self, shell: Shell) -> None:
        files = list(self._files())
        for each in files:
            write(shell, each.path, each.content.encode())
        shell.script(_KEEP, f"{STORE}/{self.name}", *(each.path for each in files))

    def undo(self) -> str:
        return f"rm -f {STORE}/{self.name}.crt {STORE}/{self.name}-[0-9].crt; update-ca-certificates >/dev/null 2>&1"


def _in_bundle(pem: str) -> str:
    """Shell that tells whether the system's bundle holds the certificate, without any TLS tool in the guest."""
    # two neighbouring base64 lines carry parts of the key and signature: no other certificate has them
    body = [line for line in pem.splitlines() if line and not line.startswith("-")]
    middle = body[len(body) // 2]
    return f"grep -qxF {shlex.quote(middle)} {BUNDLE} && grep -qxF {shlex.quote(body[-1])} {BUNDLE}"
