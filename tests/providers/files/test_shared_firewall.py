"""Our part of a firewall file beside what others have in it: nothing of theirs changes, ours is known again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.plan import firewall as plan
from phoenix.providers.files.shared import firewall
from phoenix.specs.firewall import Group, Part, render
from tests.plan.reference import reference
from tests.providers.files.proxmox_writer import saved

CLUSTER, GUEST = "/etc/pve/firewall/cluster.fw", "/etc/pve/firewall/101.fw"
WHOLE = plan.files(reference())
OURS = render(
    Part(
        {"enable": "1", "policy_in": "DROP"},
        ("IN ACCEPT -p tcp -dport 22 # phoenix: SSH", "IN ACCEPT -p udp # phoenix"),
        {"guest-101": Group("phoenix: web", ("IN ACCEPT -p tcp -dport 443", "IN DROP"))},
    )
)
THEIRS = """# by hand, since 2019
[OPTIONS]

log_ratelimit: enable=1,burst=5
policy_in: ACCEPT

[ALIASES]

Office 192.0.2.0/24 # Vienna

[IPSET blocked] # known ones

198.51.100.0/24
!198.51.100.7

[RULES]

IN DROP -source +blocked -log warning # theirs
|IN ACCEPT -p tcp -dport 3389

[group web]

IN ACCEPT -p tcp -dport 80
"""


def of_others(text: str) -> list[str]:
    """Every line that is not ours: those that must stay. Headers of options and rules may be of either."""
    found, ours = [], False
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.startswith("["):
            ours = line.startswith("[group guest-10")
        of_either = line in ("[OPTIONS]", "[RULES]") or line.startswith(("enable:", "policy_in:"))
        if not (ours or of_either or "# phoenix" in line):
            found.append(line)
    return found


def test_ours_come_in_and_not_a_byte_of_others_changes() -> None:
    merged = firewall.with_ours(THEIRS, OURS)
    rules = "IN ACCEPT -p tcp -dport 22 # phoenix: SSH\nIN ACCEPT -p udp # phoenix\n"
    wanted = THEIRS.replace("policy_in: ACCEPT\n", "policy_in: DROP\nenable: 1\n")
    wanted = wanted.replace("[RULES]\n\n", f"[RULES]\n\n{rules}")
    assert merged == f"{wanted}[group guest-101] # phoenix: web\n\nIN ACCEPT -p tcp -dport 443\nIN DROP\n\n"
    assert firewall.own(merged, OURS) == OURS
    assert firewall.with_ours(merged, OURS) == merged


def test_ours_are_known_after_proxmox_has_written_the_file_anew() -> None:
    """Groups and rules keep their comments then, and nothing else that could be a mark."""
    merged = firewall.with_ours(THEIRS, OURS)
    written = saved(merged)
    assert "since 2019" not in written
    assert firewall.own(written, OURS) == OURS
    for path, content in WHOLE.items():
        assert firewall.own(saved(content), content) == content, path


SECTIONS = st.lists(
    st.sampled_from(
        [
            "[OPTIONS]\nebtables: 0\n",
            "[OPTIONS]\n\nenable: 0\n\n",
            "[ALIASES]\n\na 192.0.2.1\n\n",
            "[ipset x]\n192.0.2.1\n",
            "[RULES]\n\nIN DROP # why\n\n",
            "[RULES]\n",
            "[RULES]\nGROUP web\n|OUT ACCEPT -p tcp\n",
            "[group web] # of others\n\nIN ACCEPT\n\n",
            "# a note\n",
            "[group empty]\n",
            "[IPSET empty]\n\n",
        ]
    ),
    max_size=5,
)


@given(SECTIONS, st.booleans(), st.booleans())
def test_whatever_others_have_stays(parts: list[str], cut: bool, rewritten: bool) -> None:
    text = "".join(parts)
    text = text.rstrip("\n") if cut else text
    merged = firewall.with_ours(text, OURS)
    assert firewall.own(merged, OURS) == OURS
    assert of_others(merged) == of_others(text) == of_others(firewall.without_ours(merged, OURS))
    again = saved(merged) if rewritten else merged
    changed = OURS.replace("-dport 22", "-dport 2222").replace("guest-101", "guest-102")
    second = firewall.with_ours(again, changed)
    assert firewall.own(second, changed) == changed
    assert of_others(second) == of_others(again)


def test_a_file_from_before_the_mark_is_ours_and_taken_over_at_once() -> None:
    former = WHOLE[CLUSTER].replace("# phoenix: ", "# ").replace(" # phoenix\n", "\n")
    assert former != WHOLE[CLUSTER]
    assert firewall.own(former, former) == former
    assert firewall.with_ours(former, WHOLE[CLUSTER]) == WHOLE[CLUSTER]
    assert firewall.without_ours(former, former) == ""
    # a rule that was taken out of the configuration meanwhile goes as well
    more = former.replace("[RULES]\n\n", "[RULES]\n\nIN ACCEPT -p tcp -dport 9 # no longer wanted\n")
    assert firewall.with_ours(more, WHOLE[CLUSTER]) == WHOLE[CLUSTER]


def test_so_it_is_when_somebody_has_changed_it_in_the_interface() -> None:
    former = saved(WHOLE[CLUSTER].replace("# phoenix: ", "# ").replace(" # phoenix\n", "\n"))
    taken_over = firewall.with_ours(former + "[group web]\n\nIN ACCEPT\n\n", WHOLE[CLUSTER])
    assert firewall.own(taken_over, WHOLE[CLUSTER]) == WHOLE[CLUSTER]
    assert firewall.read(taken_over).rules == firewall.read(WHOLE[CLUSTER]).rules
    assert firewall.read(taken_over).groups.keys() == {*firewall.read(WHOLE[CLUSTER]).groups, "web"}


def test_a_guests_file_is_as_it_was() -> None:
    assert WHOLE[GUEST] == "[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nGROUP guest-101\n"
    theirs = "[OPTIONS]\n\nipfilter: 1\n\n[RULES]\n\nIN ACCEPT -p tcp -dport 9100\n"
    wanted = theirs.replace("1\n\n", "1\nenable: 1\n\n").replace("[RULES]\n\n", "[RULES]\n\nGROUP guest-101\n")
    assert firewall.with_ours(theirs, WHOLE[GUEST]) == wanted


@pytest.mark.parametrize("line", ["|GROUP guest-101", "GROUP guest-101 -i net1", "GROUP guest-101\nGROUP guest-101"])
def test_our_group_otherwise_than_we_wrote_it_is_drift(line: str) -> None:
    drifted = WHOLE[GUEST].replace("GROUP guest-101", line)
    assert line in firewall.own(drifted, WHOLE[GUEST])
    assert firewall.with_ours(drifted, WHOLE[GUEST]) == WHOLE[GUEST]


def test_a_rule_of_ours_that_somebody_switched_off_is_drift() -> None:
    off = firewall.with_ours(THEIRS, OURS).replace("IN ACCEPT -p udp # phoenix", "|IN ACCEPT -p udp # phoenix")
    assert "|IN ACCEPT -p udp # phoenix" in firewall.own(off, OURS)
    assert firewall.with_ours(off, OURS) == firewall.with_ours(THEIRS, OURS)


def test_a_line_that_somebody_adds_to_a_file_of_ours_is_theirs() -> None:
    added = OURS.replace("[RULES]\n\n", "[RULES]\n\nIN ACCEPT -p tcp -dport 9 # mine\n")
    assert firewall.own(added, OURS) == OURS
    changed = OURS.replace("-dport 22", "-dport 2222")
    assert firewall.with_ours(added, changed) == added.replace("-dport 22", "-dport 2222")


def test_our_rules_stay_where_somebody_has_moved_them() -> None:
    merged = firewall.with_ours(THEIRS, OURS)
    first, second = (f"{rule}\n" for rule in firewall.read(OURS).rules)
    moved = merged.replace(first + second, "").replace("# theirs\n", f"# theirs\n{first}{second}")
    changed = OURS.replace("-p udp # phoenix", "-p udp -dport 53 # phoenix")
    assert firewall.with_ours(moved, changed) == moved.replace("-p udp # phoenix", "-p udp -dport 53 # phoenix")


def test_what_is_left_without_ours() -> None:
    assert firewall.without_ours(OURS, OURS) == firewall.without_ours(WHOLE[GUEST], WHOLE[GUEST]) == ""
    merged = firewall.with_ours(THEIRS, OURS)
    # without `enable` the rules of others would no longer hold
    assert firewall.without_ours(merged, OURS) == THEIRS.replace("policy_in: ACCEPT\n", "policy_in: DROP\nenable: 1\n")


def test_a_group_of_others_with_our_name_is_not_overwritten() -> None:
    theirs = THEIRS.replace("[group web]", "[group guest-101] # the intern's")
    assert firewall.taken(theirs, OURS) == ["guest-101"]
    with pytest.raises(firewall.TakenError, match="guest-101"):
        firewall.with_ours(theirs, OURS)
    # what the interface can do about it
    assert firewall.taken(theirs.replace("the intern's", "phoenix"), OURS) == []
