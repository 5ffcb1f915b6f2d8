"""A file of variables for a service, without those that are secret."""

from phoenix.importing.found import Found
from phoenix.importing.ledger import Fate, Ledger, Place
from phoenix.importing.old import OldFile
from phoenix.importing.variable import setting_of


def variables_file(
    found: Found, file: OldFile, path: str, ledger: Ledger, stack: str, environment: str
) -> tuple[str, list[str]]:
    """The text that is written to `path`, and the names of the variables that are secret."""
    secret, lines = dict[int, str](), found.text(file.path).splitlines()
    for name, each in file.top.items():
        if each.is_secret:
            secret[file.line(each.loc)] = name
            ledger.secret(each, setting_of(stack, name), f"variable {name} of {stack}", environment)
        else:
            ledger.note(Fate.KEPT, each, Place(path, (name,)), each.data)
    kept = [line for number, line in enumerate(lines, 1) if number not in secret]
    return "\n".join(kept) + "\n", [*secret.values()]
