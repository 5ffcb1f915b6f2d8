"""Tools and a locale that every guest has; in a VM, cloud-init has finished first."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options


class BaseSetup(Declared):
    """Tools and a locale."""

    name: Literal["base_setup"]


class BaseOptions(Options):
    """`packages` of the distribution; `locale` to generate and make the default."""

    packages: tuple[str, ...] = ("curl", "wget", "vim-tiny", "htop", "jq", "git", "rsync", "gnupg", "locales")
    locale: str = "en_US.UTF-8"


FEATURE = Feature(BaseSetup, options=BaseOptions)
