"""What a spec refuses, told where the value stands in the configuration."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import ValidationError

from phoenix.model import Cluster, ConfigurationError, Model
from phoenix.model.document import Loc

Places = Mapping[str, tuple[Model, Loc]]
"""A spec's field -> the part of the cluster, and the place in it, that its value came from."""


@contextmanager
def placed(cluster: Cluster, part: Model, *base: str | int, places: Places | None = None) -> Iterator[None]:
    """Turns ValidationError into ConfigurationError with file, line, field, what was given and what is allowed.

    A field stands below `base` of `part`, under its own name unless `places` says otherwise.
    """
    try:
        yield
    except ValidationError as error:
        problems = []
        for each in error.errors(include_url=False):
            field, *rest = each["loc"] or ("",)
            own: Loc = (*base, field) if field else base
            where, loc = (places or {}).get(str(field), (part, own))
            words = each["msg"].removeprefix("Value error, ").replace("String should match", "must match")
            problems.append(cluster.problem(where, *loc, *rest, allowed=words[:1].lower() + words[1:]))
        raise ConfigurationError(problems) from None
