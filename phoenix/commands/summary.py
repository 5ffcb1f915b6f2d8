"""The closing lines of a run: what a person wants to know, and nothing else."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from phoenix.commands.stages import Span


def lines(outputs: Mapping[str, Any], spans: Mapping[str, Span], now: datetime) -> Iterator[str]:
    """The summary, a line at a time; `outputs` are the stack's, `now` is aware."""
    yield "Stages"
    for number, (stage, span) in enumerate(spans.items(), 1):
        yield f"  {number} {stage.lower():<16} {span.end - span.begin:6.0f} s   {span.changed} changed"
    yield "URLs"
    for url in outputs.get("urls", {}).values():
        yield f"  {url}"
    ca = outputs.get("ca", {})
    yield f"Certificate authority  {ca.get('url')}"
    yield f"  root sha256 {ca.get('fingerprint')}"
    yield "Certificates"
    for name, certificate in outputs.get("certificates", {}).items():
        yield f"  {name:<24} until {certificate['expires']} ({_left(certificate['expires'], now)} left)"
    for title in ("endpoints", "stacks"):
        yield title.capitalize()
        for name, state in outputs.get(title, {}).items():
            yield f"  {name:<24} {state}"


def _left(expires: str, now: datetime) -> str:
    seconds = int((datetime.fromisoformat(expires).astimezone(UTC) - now).total_seconds())
    hours, minutes = divmod(max(seconds, 0) // 60, 60)
    return f"{hours}h{minutes:02}m"
