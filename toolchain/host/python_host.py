"""Hosts Python for a Pulumi engine that was built from source, where the official language host is not to be had.

Three ways to be started, named by the first argument:

``serve ENGINE``    the LanguageRuntime service; each run of the program gets a fresh interpreter of its virtualenv
``program ENGINE``  that fresh interpreter: one RunRequest on standard input, the result in the exit code
``dynamic``         the SDK's own dynamic provider server

All of them end without a word on SIGINT and SIGTERM, and when the engine that started them is gone.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# The program failed and has told the engine why, so that the engine need not say it again.
SHOWN = 32
PARENT_POLL_S = 2.0


def end_quietly() -> None:
    """End this process on SIGINT or SIGTERM, and soon after its parent has ended."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_S)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def serve(engine: str) -> None:
    """Serve the language runtime on a free loopback port, printed first, until a signal ends it."""
    import grpc
    from pulumi.automation._server import LanguageServer
    from pulumi.runtime.proto import language_pb2, language_pb2_grpc

    class Host(LanguageServer):
        def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002
            return language_pb2.LanguageHandshakeResponse()

        def Run(self, request: Any, context: Any) -> Any:  # noqa: ARG002
            code = run_in_fresh_interpreter(engine, request)
            if code in (0, SHOWN):
                return language_pb2.RunResponse(bail=code == SHOWN)
            return language_pb2.RunResponse(error=f"the program's interpreter ended with code {code}")

    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(lambda: None), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


def run_in_fresh_interpreter(engine: str, request: Any) -> int:
    """Run the program of a RunRequest in the interpreter of its virtualenv; its exit code."""
    # Inherited by the child: no SIGINT reaches it before it has its own handler.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # The request goes by pipe: it holds the stack's decrypted secrets, which must not be in argv.
    done = subprocess.run(
        [interpreter(request), "-u", __file__, "program", engine],
        input=request.SerializeToString(),
        check=False,
    )
    return done.returncode


def interpreter(request: Any) -> str:
    """The virtualenv named by Pulumi.yaml's ``virtualenv`` option if it is there, else this interpreter."""
    named = dict(request.info.options).get("virtualenv")
    if named:
        python = Path(request.info.root_directory or request.pwd, named, "bin", "python")
        if python.exists():
            return str(python)
    return sys.executable


def run_program(engine: str) -> int:
    """Run the program of the RunRequest on standard input; 0, or SHOWN after its errors were logged."""
    from pulumi import RunError
    from pulumi.automation._server import LanguageServer
    from pulumi.runtime.proto import language_pb2

    request = language_pb2.RunRequest.FromString(sys.stdin.buffer.read())
    # The SDK's server takes the engine's address, to which it logs, as the first argument.
    request.args[:] = [engine]
    directory = request.info.program_directory or request.pwd
    target = os.path.normpath(os.path.join(directory, request.info.entry_point or "."))
    os.chdir(request.pwd or directory)
    sys.path[0] = directory
    sys.argv = [target]

    def program() -> None:
        try:
            runpy.run_path(target, run_name="__main__")
        except (RunError, SystemExit):
            raise
        except BaseException as failure:
            raise RunError("the program failed:\n" + program_trace(failure, directory)) from failure

    response: Any = LanguageServer(program).Run(request, None)  # type: ignore[no-untyped-call]
    return SHOWN if response.error else 0


def program_trace(failure: BaseException, directory: str) -> str:
    """The traceback of a failure from the program's first own line on."""
    step = failure.__traceback__
    while step is not None and not step.tb_frame.f_code.co_filename.startswith(directory):
        step = step.tb_next
    start = step or failure.__traceback__
    return "".join(traceback.format_exception(type(failure), failure, start))


def main() -> None:
    mode = sys.argv[1]
    # with --logflow the engine puts flags before its address
    engine = sys.argv[-1] if len(sys.argv) > 2 else ""
    end_quietly()
    if mode == "serve":
        serve(engine)
    elif mode == "program":
        code = run_program(engine)
        sys.stdout.flush()
        sys.stderr.flush()
        # Not sys.exit: a worker thread that hangs must not keep the engine waiting.
        os._exit(code)
    else:
        sys.path[0] = os.getcwd()
        sys.argv[1:] = sys.argv[2:]
        runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
