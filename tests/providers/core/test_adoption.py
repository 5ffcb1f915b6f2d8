"""What a first preview says of what is there: what would change, value by value, and never a secret."""

from phoenix.providers.core.adoption import words


def test_each_value_that_would_change_is_named() -> None:
    live = {"vmid": 101, "memory_mb": 1024, "network": {"bridge": "vmbr0", "address": "10.0.0.5/24"}, "tags": ["a"]}
    desired = {"vmid": 101, "memory_mb": 2048, "network": {"bridge": "vmbr0", "address": "dhcp"}, "tags": ["a", "b"]}
    assert words(live, desired) == (
        "is there already, and is taken over: memory_mb 1024 -> 2048, network.address 10.0.0.5/24 -> dhcp, "
        'tags ["a"] -> ["a", "b"]'
    )


def test_what_is_there_as_it_should_be_is_told_as_such() -> None:
    assert words({"a": 1}, {"a": 1}) == "is there already, and is taken over as it is"


def test_what_only_one_of_both_has_is_none_on_the_other_side() -> None:
    assert words({"a": True}, {"b": "x"}).endswith(": a true -> none, b none -> x")


def test_texts_are_named_and_not_shown() -> None:
    live, desired = {"files": {"a": "one\ntwo", "b": "x" * 61}}, {"files": {"a": "three", "b": "y"}}
    assert words(live, desired).endswith(": files.a changes, files.b changes")
