"""Template files of features, filled in."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template


@cache
def _template(package: str, name: str) -> Template:
    text = files(package).joinpath(name).read_text()
    # StrictUndefined: a name that is missing in a template is a bug, not an empty string
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, autoescape=False)
    return environment.from_string(text)


def render(package: str | None, name: str, /, **values: object) -> str:
    """The template file `name` beside a feature's module, whose `__package__` it is given, filled in."""
    return _template(package or "", name).render(**values)
