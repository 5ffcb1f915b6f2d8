"""All comparisons, in the order in which they are made: one more is one more line."""

from benchmarks.changes import MEMORY, RECORD, VARIABLE
from benchmarks.cold import COLD
from benchmarks.comparison import Comparison
from benchmarks.engine import ENGINE
from benchmarks.growth.comparison import GROWTH
from benchmarks.playbook import ANSIBLE
from benchmarks.renewals import RENEWAL

COMPARISONS: tuple[Comparison, ...] = (
    COLD,
    ENGINE,
    ANSIBLE,
    MEMORY,
    VARIABLE,
    RECORD,
    GROWTH,
    RENEWAL,
)
