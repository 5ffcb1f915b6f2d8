"""Running the node's own programs from the API."""

import asyncio

from fakepve import TaskError


async def sh(*argv: str, limit: float = 60.0, stdin: bytes | None = None) -> str:
    """Run a program and return its standard output.

    :raises TaskError: it fails or takes longer than ``limit`` seconds; the message names it and its last words.
    """
    code, out, err = await outcome(*argv, limit=limit, stdin=stdin)
    if code:
        words = (err or out).decode(errors="replace").strip()[-400:]
        raise TaskError(f"command '{' '.join(argv[:6])}' failed: exit code {code}: {words}")
    return out.decode(errors="replace")


async def outcome(*argv: str, limit: float = 60.0, stdin: bytes | None = None) -> tuple[int, bytes, bytes]:
    """Run a program; returns its exit code, standard output and standard error.

    :raises TaskError: it takes longer than ``limit`` seconds (it is killed then).
    """
    feed = asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, stdin=feed, stdout=pipe, stderr=pipe)
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin), limit)
    except TimeoutError as e:
        process.kill()
        await process.wait()
        raise TaskError(f"command '{' '.join(argv[:6])}' got timeout") from e
    return process.returncode or 0, out, err
