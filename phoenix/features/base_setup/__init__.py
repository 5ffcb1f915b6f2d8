"""Tools and a locale that every guest has; in a VM, cloud-init has finished first."""

from phoenix.features.feature import Feature, Given, Options
from phoenix.features.part import Packages, Part, Script

_LOCALE = """
sed -i "s/^# *\\($1 \\)/\\1/" /etc/locale.gen
grep -q "^$1 " /etc/locale.gen || echo "$1 ${1##*.}" >> /etc/locale.gen
locale-gen >&2
update-locale "LANG=$1"
"""
_HAS_LOCALE = 'locale -a | grep -qixF "$(echo "$1" | sed s/UTF-8/utf8/)" && grep -qsxF "LANG=$1" /etc/default/locale'


class BaseOptions(Options):
    """`packages` of the distribution; `locale` to generate and make the default."""

    packages: tuple[str, ...] = ("curl", "wget", "vim-tiny", "htop", "jq", "git", "rsync", "gnupg", "locales")
    locale: str = "en_US.UTF-8"


def _parts(options: BaseOptions, given: Given) -> list[Part]:
    parts: list[Part] = []
    if given.kind == "vm":
        # exit code 2 means done with recoverable warnings; an image without cloud-init has nothing to wait for
        settled = 'command -v cloud-init >/dev/null || exit 0; cloud-init status{} >/dev/null 2>&1 || [ "$?" -eq 2 ]'
        done = "! command -v cloud-init >/dev/null || cloud-init status 2>/dev/null | grep -qE 'done|disabled|error'"
        parts.append(Script("cloud-init finished", done, settled.format(" --wait"), timeout=300.0))
    parts.append(Packages(options.packages))
    parts.append(Script(f"locale {options.locale}", _HAS_LOCALE, _LOCALE, (options.locale,), timeout=120.0))
    return parts


FEATURE = Feature("base_setup", BaseOptions, _parts)
