"""The certificate authority that every certificate comes from."""

from typing import Annotated

from pydantic import AfterValidator, Field

from phoenix.model.base import Model
from phoenix.vocabulary.certificates import SubjectName
from phoenix.vocabulary.files import PlainPath
from phoenix.vocabulary.names import Argument
from phoenix.vocabulary.numbers import Port, PositiveInt


def _distinct(value: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(value)) < len(value):
        raise ValueError("each root once")
    return value


class CertificateAuthority(Model):
    """Step-CA in the guest that holds the role `ca`."""

    name: Argument
    """The authority's name; root and intermediate are called after it unless told otherwise."""
    root_name: Argument
    """Common name of the root, for roots made later; a number stands behind it."""
    intermediate_name: Argument
    """Common name of the intermediate, likewise."""
    dns_names: Annotated[tuple[SubjectName, ...], Field(min_length=1)]
    """Names and addresses that the authority's own TLS certificate carries."""
    provisioner: Argument
    """Name of its JWK provisioner."""
    port: Port = 9000
    """Where it listens in its guest."""
    max_lifetime_hours: PositiveInt = 24
    """The longest certificate that it signs."""
    roots: Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=2), AfterValidator(_distinct)] = (1,)
    """Its roots by number: the first issues, all are trusted. Two only while one takes over from the other."""
    directory: PlainPath
    """STEPPATH in the guest; it is a bind mount of the node's directory."""
