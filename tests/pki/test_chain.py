"""What stands for several roots together."""

from phoenix.pki.chain import anchors_version, fingerprint
from tests.pki.authority import Authority


def test_one_roots_version_is_its_fingerprint_and_of_several_the_order_is_nothing() -> None:
    first, second = Authority().root, Authority().root
    assert anchors_version([first]) == anchors_version([first, first]) == fingerprint(first)
    both = anchors_version([first, second])
    assert both == anchors_version([second, first])
    assert len(both) == len(fingerprint(first))
    assert both not in (fingerprint(first), fingerprint(second))
