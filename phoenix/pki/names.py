"""Subject alternative names: DNS names, wildcards and IP addresses, in one spelling."""

from collections.abc import Iterable

from phoenix.vocabulary.certificates import canonical


def all_names(common_name: str, sans: Iterable[str]) -> frozenset[str]:
    """Every name that a certificate must carry: the common name is always among them."""
    return frozenset(canonical(name) for name in (common_name, *sans))


def difference(wanted: frozenset[str], found: frozenset[str]) -> str:
    """`+ a, - b`: what is missing in `found` and what is too much; empty when they agree."""
    missing = [f"+ {name}" for name in sorted(wanted - found)]
    return ", ".join([*missing, *(f"- {name}" for name in sorted(found - wanted))])
