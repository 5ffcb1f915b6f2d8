"""``pvesh``: the API from the node's command line."""

import json
import sys

from lab.inside.call import CallError, call, finish, guarded, options

METHODS = {"get": "GET", "ls": "GET", "set": "PUT", "create": "POST", "delete": "DELETE"}


def main(words: list[str]) -> int:
    """Run one subcommand; returns the exit code."""
    return guarded(_run, words)


def _run(words: list[str]) -> int:
    if len(words) < 2 or words[0] not in METHODS:
        raise CallError("USAGE: pvesh get|set|create|delete <path> [OPTIONS]")
    _, params = options(words[2:])
    params.pop("output-format", None)
    data = call(METHODS[words[0]], words[1], params)
    finish(data)
    if data is not None:
        json.dump(data, sys.stdout, indent=3, sort_keys=True)
        print()
    return 0
