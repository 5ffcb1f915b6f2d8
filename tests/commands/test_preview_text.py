"""What a review reads."""

import json
import re

import pytest

from phoenix.commands.changes import Seen
from phoenix.commands.preview_text import ROOM, as_json, is_quiet, markdown
from tests.commands.previews import COPY, LATE, MEMORY, change

TEXT = change("FileSet", "dns", content=("a\nb\nc\n", "a\nB\nc\n"))


def test_nothing_to_do_is_one_line() -> None:
    assert markdown("production", Seen(unchanged=134)) == "### Preview of production: no changes\n"


def test_everything_at_once() -> None:
    seen = Seen(
        (MEMORY, TEXT, LATE, COPY, change("Lxc", "950-echo", "create"), change("Lxc", "7-old", "delete")),
        unread=("guest 1001: cannot be read",),
        remarks=("guest 5: is there already",),
    )
    assert markdown("dev", seen) == (
        "### Preview of dev: 1 to create, 2 to change, 1 to delete, 1 not read\n"
        "\n**Could not be read**: whether these are as they should be is not known.\n"
        "\n```\nguest 1001: cannot be read\n```\n"
        "\n**Created**\n\n- `Lxc 950-echo`\n"
        "\n**Changed**\n"
        "\n`Lxc 914-ollama`\n```diff\nmemory_mb\n- 32768\n+ 16384\n```\n"
        "\n`FileSet dns`\n```diff\ncontent\n- b\n+ B\n```\n"
        "\n**Deleted**\n\n- `Lxc 7-old`\n"
        "\n**Remarks**\n\n```\nguest 5: is there already\n```\n"
        "\n**Renewed by the hourly run**: `certificate-nginx`, `copy-nginx-101`\n"
    )


def test_a_refusal_stands_first() -> None:
    text = markdown("dev", Seen((MEMORY,), refused=("guest 101: resize failed",)))
    assert text.startswith("### Preview of dev: 1 to change, 1 refused\n\n**Refused**: nothing can be done")
    assert text.index("guest 101: resize failed") < text.index("**Changed**")


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        (Seen(), True),
        (Seen((LATE, COPY), remarks=("certificate/nginx: renew: expires in 3h",)), True),
        (Seen((MEMORY,)), False),
        (Seen(refused=("no",)), False),
        # what is not seen may have drifted
        (Seen(unread=("guest 1001",)), False),
    ],
)
def test_whether_all_is_as_expected(seen: Seen, wanted: bool) -> None:
    assert is_quiet(seen) is wanted
    assert as_json("dev", seen)["quiet"] is wanted


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    text = markdown("dev", Seen((change("FileSet", "x", content=("a", "```\n````")),)))
    assert re.findall(r"^`{3,}(?:diff)?$", text, re.MULTILINE) == ["`````diff", "`````"]


def test_long_values_are_cut_where_they_part() -> None:
    long = "x" * 500
    text = markdown("dev", Seen((change("FileSet", "x", content=(f"{long}a", f"{long}b")),)))
    assert "xa\n" in text
    assert "xb\n" in text
    assert max(map(len, text.splitlines())) < 200


def test_a_long_difference_says_how_much_is_left_out() -> None:
    text = markdown("dev", Seen((change("FileSet", "x", content=("(nothing)", "\n".join(map(str, range(100))))),)))
    assert "+ 39\n... and 60 more lines\n" in text


def test_a_comment_has_room_for_it() -> None:
    changes = tuple(change("Lxc", f"{number}", content=("a" * 100, "b" * 100)) for number in range(500))
    text = markdown("dev", Seen(changes))
    assert len(text) < ROOM + 100
    shown = text.count("```diff")
    assert text.endswith(f"\n{500 - shown} more parts have no room here: see the job's log.\n")


def test_machines_get_all_of_it() -> None:
    said = json.loads(json.dumps(as_json("dev", Seen((MEMORY, LATE), 5, ("no",), ("x",), ("y",)))))
    assert {key: said[key] for key in ("stack", "unchanged", "refused", "unread", "remarks")} == {
        "stack": "dev", "unchanged": 5, "refused": ["no"], "unread": ["x"], "remarks": ["y"],
    }  # fmt: skip
    assert [(each["kind"], each["name"], each["operation"], each["renewal"]) for each in said["changes"]] == [
        ("Lxc", "914-ollama", "update", False), ("Certificate", "certificate-nginx", "update", True),
    ]  # fmt: skip
    assert said["changes"][0]["fields"] == [{"path": "memory_mb", "before": "32768", "after": "16384"}]
