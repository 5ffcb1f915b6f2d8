"""What there is to do about a set of files."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Swap:
    """Brings the files of `put` into place, removes those of `drop`, and makes the daemon take them."""

    put: tuple[str, ...]
    drop: tuple[str, ...]

    def __str__(self) -> str:
        changes = [f"write {path}" for path in self.put] + [f"remove {path}" for path in self.drop]
        return ", ".join(changes)


@dataclass(frozen=True)
class Apply:
    """Makes the daemon take the files that are there already."""

    def __str__(self) -> str:
        return "reload"


FileSetAction = Swap | Apply
