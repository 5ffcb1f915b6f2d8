"""The summary's lines."""

from datetime import UTC, datetime
from typing import Any

import pytest

from phoenix.commands.stages import Span
from phoenix.commands.summary import lines

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
OUTPUTS: dict[str, Any] = {
    "urls": {"ollama": "https://ollama.example", "portainer": "https://portainer.example"},
    "ca": {"url": "https://10.0.0.10:9000", "fingerprint": "ab12"},
    "certificates": {"nginx": {"expires": "2026-11-02T11:30:00+00:00", "fingerprint": "cd34"}},
    "endpoints": {"drphoenix": "up"},
    "stacks": {"qdrant_service": "1 of 1 running"},
}


def test_everything_that_a_person_wants_to_know() -> None:
    found = list(lines(OUTPUTS, {"Infrastructure": Span(10, 52.4, 3), "Gateways": Span(60, 60, 0)}, NOW))
    assert found == [
        "Stages",
        "  1 infrastructure       42 s   3 changed",
        "  2 gateways              0 s   0 changed",
        "URLs",
        "  https://ollama.example",
        "  https://portainer.example",
        "Certificate authority  https://10.0.0.10:9000",
        "  root sha256 ab12",
        "Certificates",
        "  nginx                    until 2026-11-02T11:30:00+00:00 (23h30m left)",
        "Endpoints",
        "  drphoenix                up",
        "Stacks",
        "  qdrant_service           1 of 1 running",
    ]


LEFT = [
    ("2026-11-01T12:00:59+00:00", "0h00m"),
    ("2026-11-01T13:05:00Z", "1h05m"),
    ("2026-11-01T15:05:00+02:00", "1h05m"),
    ("2026-11-04T12:00:00+00:00", "72h00m"),
    ("2026-10-01T12:00:00+00:00", "0h00m"),
]


@pytest.mark.parametrize(("expires", "left"), LEFT)
def test_how_long_a_certificate_lasts(expires: str, left: str) -> None:
    found = list(lines({"certificates": {"x": {"expires": expires}}}, {}, NOW))
    assert [line for line in found if line.endswith(f"({left} left)")]


def test_a_stack_without_outputs() -> None:
    assert next(iter(lines({}, {}, NOW))) == "Stages"
