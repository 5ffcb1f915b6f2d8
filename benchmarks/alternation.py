"""Times things one after the other, round by round: what the machine does meanwhile meets all of them alike."""

import sys
from collections.abc import Callable, Mapping

Samples = dict[str, list[float]]


def alternate(sides: Mapping[str, Callable[[], float]], rounds: int) -> Samples:
    """Seconds of each side in each round; every second round goes the other way round."""
    found: Samples = {name: [] for name in sides}
    for number in range(rounds):
        order = list(sides) if number % 2 == 0 else list(sides)[::-1]
        for name in order:
            seconds = sides[name]()
            found[name].append(seconds)
            print(f"  {seconds:8.2f} s  {name}", file=sys.stderr, flush=True)
    return found
