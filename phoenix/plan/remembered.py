"""What several parts of a plan ask of one cluster, worked out once."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from phoenix.model import Cluster

T = TypeVar("T")


def remembered(work_out: Callable[[Cluster], T]) -> Callable[[Cluster], T]:
    """`work_out`, which answers for the cluster that it was asked about last without doing it again.

    A cluster never changes; another one, a copy as well, is another question.
    """
    last: list[tuple[Cluster, T]] = []

    @wraps(work_out)
    def answer(cluster: Cluster) -> T:
        if not last or last[0][0] is not cluster:
            last[:] = [(cluster, work_out(cluster))]
        return last[0][1]

    return answer
