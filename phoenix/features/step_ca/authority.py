"""The PKI as a part of the feature: made once, in the guest that is the CA, and never overwritten."""

import shlex
from dataclasses import dataclass

from phoenix.clients.archive import Member, packed
from phoenix.clients.shell import Shell
from phoenix.errors import OperationError
from phoenix.features.part import Part
from phoenix.features.step_ca.files import Authority, make

MEMBERS = (
    "certs/root_ca.crt",
    "certs/intermediate_ca.crt",
    "secrets/root_ca_key",
    "secrets/intermediate_ca_key",
    "password.txt",
    "provisioner_password.txt",
    "root_ca.fingerprint",
    "config/ca.json",
)
_STATE = 'cd "$1" 2>/dev/null || exit 0; shift; for f in "$@"; do [ ! -s "$f" ] || echo "$f"; done'
# the configuration moves last: only with it does the directory count as a CA's
_INSTALL = """
umask 077
mkdir -p "$1"
cd "$1"
rm -rf .new; mkdir .new
tar -xf - -C .new --no-same-owner
for piece in certs secrets password.txt provisioner_password.txt root_ca.fingerprint config; do
  [ ! -e "$piece" ] || rmdir "$piece"
  mv -T ".new/$piece" "$piece"
done
rmdir .new
chmod 0755 certs
"""


@dataclass(frozen=True)
class AuthorityFiles(Part):
    """Root, intermediate, provisioner and configuration below `authority.steppath`."""

    authority: Authority

    @property
    def label(self) -> str:
        return f"authority in {self.authority.steppath}"

    def check(self) -> str:
        tests = " && ".join(f"[ -s {shlex.quote(member)} ]" for member in MEMBERS)
        fact = 'echo "fact fingerprint $(cat root_ca.fingerprint)"'
        return f"cd {shlex.quote(self.authority.steppath)} 2>/dev/null && {tests} && {fact}"

    def apply(self, shell: Shell) -> None:
        steppath = self.authority.steppath
        present = shell.script(_STATE, steppath, *MEMBERS).text.split()
        if set(present) == set(MEMBERS):
            return
        if present:
            missing = ", ".join(member for member in MEMBERS if member not in present)
            raise OperationError(
                resource=f"the CA in {shell}",
                operation="make its PKI",
                host=shell.target.node,
                cause=f"{steppath} holds a part of a CA: {', '.join(present)} exist, {missing} do not",
                next_step=f"restore the missing files from a backup; or, to start a new CA that nothing trusts yet, "
                f"move {steppath}'s content away by hand; then run again",
            )
        files = make(self.authority).files
        archive = packed({path: Member(content, f"{mode:04o}") for path, (content, mode) in files.items()})
        shell.run(["sh", "-euc", _INSTALL, "sh", steppath], stdin=archive)
