"""Values that stand in many places of a compose file."""

from phoenix.model.compose.shapes import Fraction, ListOf, MappingOf, Nothing, Number, Switch, Text, one_of

TEXT = Text(words="a text, in quotes where it looks like something else")
TEXTS = ListOf(TEXT, once=True)
TEXT_OR_LIST = one_of(TEXT, ListOf(TEXT))
NAME = r"[a-zA-Z0-9._-]+"
DURATION = Text(r"[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+)", "a duration as text: 30s, 1m30s, 500ms")
BYTES = Text(r"\d+(\.\d+)? ?[kKmMgGtTpP]?i?[bB]?", "an amount of memory as text: 512M, 1.5G")
CPUS = Text(r"\d+(\.\d*)?|\.\d+", 'a number of processors as text: "0.5"')
IMAGE = Text(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?/|\[[0-9a-f:]+\](?::\d+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?::\w[\w.-]{0,127})?(?:@[A-Za-z][\w.+-]*:[0-9a-fA-F]{32,})?",
    "an image: [REGISTRY/]NAME[:TAG][@DIGEST], the name in small letters",
)
"""https://pkg.go.dev/github.com/distribution/reference"""
PORT = Number(1, 65535)

_VALUES = ListOf(TEXT, once=True), MappingOf(one_of(TEXT, Fraction(), Nothing()))
ENVIRONMENT = one_of(*_VALUES)
LABELS = one_of(_VALUES[0], MappingOf(one_of(TEXT, Fraction(), Nothing(), Switch())))
"""Labels, where Docker 20.10 wants texts: a switch is written as the text that it is."""
OPTIONS = MappingOf(one_of(TEXT, Fraction()))
