"""What is asked of one cluster several times is worked out once."""

from phoenix.model import Cluster
from phoenix.plan.remembered import remembered
from tests.plan.reference import reference


def test_once_for_one_cluster_and_anew_for_another() -> None:
    asked: list[Cluster] = []

    @remembered
    def count(cluster: Cluster) -> int:
        asked.append(cluster)
        return len(asked)

    first = reference()
    other = first.model_copy()
    assert [count(first), count(first), count(other), count(other)] == [1, 1, 2, 2]
    assert count(other.model_copy(update={"guests": ()})) == 3
