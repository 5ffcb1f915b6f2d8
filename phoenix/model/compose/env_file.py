"""Files of environment variables, as Docker reads those that `env_file` names.

https://docs.docker.com/reference/cli/docker/container/run/#env : a variable a line, nothing in it is a quote, an escape
or a variable.
"""

from collections.abc import Iterator


def assignments(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number from 1, name and value of every variable.

    Raises ValueError, which begins with the number of the line.
    """
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        given = line.lstrip()
        if not given or given.startswith("#"):
            continue
        name, equals, value = given.partition("=")
        if not name or any(each.isspace() for each in name):
            raise ValueError(f"line {number}: NAME=VALUE, without a space in the name")
        if not equals:
            raise ValueError(f"line {number}: NAME=VALUE: Docker would take the value from where it runs")
        yield number, name, value
