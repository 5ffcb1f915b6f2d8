"""Artifacts inside a guest: downloaded there, verified, installed, and known again by digest.

The guest keeps a line for each under /var/lib/phoenix/artifacts: the download's digest, the installed file's digest,
the version, and the installed file's inode, size and change time. The line is believed while the file is the very
one that was installed (nothing can change a file and keep that time), or else while it still has the digest.
"""

import shlex
from dataclasses import dataclass

from phoenix.clients.shell import Shell
from phoenix.errors import OperationError
from phoenix.features.part import Part
from phoenix.specs.artifact import Artifact

MARKS = "/var/lib/phoenix/artifacts"
DOWNLOAD_SECONDS = 1800
_FETCH = """
name=$1; url=$2; sha256=$3; version=$4; path=$5; seconds=$6
work=$(mktemp -d /var/tmp/artifact.XXXXXX)
trap 'rm -rf "$work"' EXIT
file="$work/${url##*/}"
curl -fsSL --proto '=http,https' --connect-timeout 15 --max-time "$seconds" --retry 2 -o "$file" "$url"
got=$(sha256sum < "$file"); got=${got%% *}
if [ "$got" != "$sha256" ]; then
  echo "$url has SHA-256 $got, expected $sha256" >&2; exit 1
fi
"""
_MARK = """
installed=$(sha256sum < "$path")
mkdir -p "$MARKS"
echo "$sha256 ${installed%% *} $version $(stat -c %i-%s-%z "$path")" > "$MARKS/$name.new"
mv -f "$MARKS/$name.new" "$MARKS/$name"
"""
# an archive may hold the program at any depth; a renamed copy replaces one that is running
_INSTALL_BINARY = """
mkdir -p "$(dirname "$path")"
case $file in
  *.tar.gz|*.tgz)
    tar -xzf "$file" -C "$work" --no-same-owner
    found=$(find "$work" -type f -name "$(basename "$path")" ! -path "$file" | head -n 1)
    [ -n "$found" ] || { echo "no $(basename "$path") in $url" >&2; exit 1; } ;;
  *) found=$file ;;
esac
install -m 0755 "$found" "$path.new"
mv -fT "$path.new" "$path"
"""


@dataclass(frozen=True)
class Installed(Part):
    """An artifact and the main file that it installs at `path`; `install` is shell that finds it in "$file".

    The default takes the download as the program itself, or out of a .tar.gz. `$work` is a scratch directory.
    """

    name: str
    artifact: Artifact
    path: str
    install: str = _INSTALL_BINARY

    @property
    def label(self) -> str:
        return f"artifact {self.name}"

    def _marked(self) -> str:
        mark, path = shlex.quote(f"{MARKS}/{self.name}"), shlex.quote(self.path)
        return (
            f"read -r from made version file 2>/dev/null < {mark} && "
            f'{{ [ "$file" = "$(stat -c %i-%s-%z {path} 2>/dev/null)" ] || '
            f'echo "$made  "{path} | sha256sum -c --status 2>/dev/null; }}'
        )

    def check(self) -> str:
        """Also prints `artifact NAME VERSION DIGEST` (of the download), unless what is installed is not known."""
        return (
            f'{self._marked()} && echo "artifact {self.name} $version $from" && '
            f'[ "$from" = {self.artifact.sha256} ] && [ -x {shlex.quote(self.path)} ]'
        )

    def apply(self, shell: Shell) -> None:
        it = self.artifact
        script = f"{_FETCH}{self.install}MARKS={MARKS}{_MARK}"
        arguments = (self.name, it.url, it.sha256, it.version, self.path, str(DOWNLOAD_SECONDS))
        try:
            shell.script(script, *arguments, timeout=2.0 * DOWNLOAD_SECONDS)
        except OperationError as error:
            raise OperationError(
                resource=error.resource,
                operation=f"install {self.name} {it.version}",
                host=error.host,
                cause=error.cause,
                next_step=f"see whether the guest reaches {it.url}, and whether version, address and sha256 of "
                f"{self.name} belong together in the file of the `artifacts` setting; then run again",
            ) from None

    def undo(self) -> str:
        return f"rm -f {shlex.quote(self.path)} {MARKS}/{shlex.quote(self.name)}"
