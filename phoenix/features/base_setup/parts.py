"""The parts of `base_setup`."""

from phoenix.features.base_setup import BaseOptions
from phoenix.features.given import Given
from phoenix.features.part import Packages, Part, Script

_LOCALE = """
sed -i "s/^# *\\($1 \\)/\\1/" /etc/locale.gen
grep -q "^$1 " /etc/locale.gen || echo "$1 ${1##*.}" >> /etc/locale.gen
locale-gen >&2
update-locale "LANG=$1"
"""
_HAS_LOCALE = 'locale -a | grep -qixF "$(echo "$1" | sed s/UTF-8/utf8/)" && grep -qsxF "LANG=$1" /etc/default/locale'


def parts(options: BaseOptions, given: Given) -> list[Part]:
    described: list[Part] = []
    if given.kind == "vm":
        # exit code 2 means done with recoverable warnings; an image without cloud-init has nothing to wait for
        settled = 'command -v cloud-init >/dev/null || exit 0; cloud-init status{} >/dev/null 2>&1 || [ "$?" -eq 2 ]'
        done = "! command -v cloud-init >/dev/null || cloud-init status 2>/dev/null | grep -qE 'done|disabled|error'"
        described.append(Script("cloud-init finished", done, settled.format(" --wait"), timeout=300.0))
    described.append(Packages(options.packages))
    described.append(Script(f"locale {options.locale}", _HAS_LOCALE, _LOCALE, (options.locale,), timeout=120.0))
    return described
