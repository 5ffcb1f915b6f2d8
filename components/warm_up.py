"""Has the engine start the process of our providers while the program still reads the configuration."""

import threading
from contextlib import suppress
from typing import Any

import grpc
from pulumi.runtime.proto.resource_pb2 import ResourceInvokeRequest
from pulumi.runtime.settings import get_monitor


def warm_up() -> None:
    """Returns at once: the engine starts a provider to ask it; that this one knows no functions does no harm."""
    monitor = get_monitor()

    if monitor is not None:
        threading.Thread(target=_ask, args=(monitor,), name="warm-up", daemon=True).start()


def _ask(monitor: Any) -> None:
    with suppress(grpc.RpcError):
        monitor.Invoke(ResourceInvokeRequest(tok="pulumi-python:dynamic:Resource"))
