"""What the task that failed last said itself: https://docs.docker.com/reference/api/engine/ , task logs."""

from collections.abc import Iterator

from phoenix.providers.stacks import services
from phoenix.providers.stacks.services import DockerApi, Task

LINES = 3
_HEADER = 8
_WIDTH = 300


def last_words(api: DockerApi, name: str) -> str:
    """The last lines of the task of stack `name` that failed last; empty where there is none, or it said nothing."""
    failed = [task for task in services.fetch_tasks(api, name) if task["Status"]["State"] == "failed"]
    if not failed:
        return ""
    latest: Task = max(failed, key=lambda task: str(task["Status"]["Timestamp"]))
    said = api.raw(f"tasks/{latest['ID']}/logs", {"stdout": "true", "stderr": "true", "tail": str(LINES)})
    lines = b"".join(_unframed(said)).decode(errors="replace").split("\n")
    return " / ".join(line.strip()[:_WIDTH] for line in [each for each in lines if each.strip()][-LINES:])


def _unframed(said: bytes) -> Iterator[bytes]:
    """The text of a stream: in frames with a header each, or as it is where the container has a terminal."""
    while said:
        header, rest = said[:_HEADER], said[_HEADER:]
        if len(header) < _HEADER or header[0] > 2 or header[1:4] != bytes(3):
            yield said
            return
        size = int.from_bytes(header[4:], "big")
        yield rest[:size]
        said = rest[size:]
