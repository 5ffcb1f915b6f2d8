"""Certificate signing requests."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from phoenix.pki.keys import PrivateKey
from phoenix.pki.sans import general_names


def signing_request(key: PrivateKey, common_name: str, names: frozenset[str]) -> str:
    """A PEM request for `key` with `names` as its SANs; step-ca wants them equal, by type, to the token's."""
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .add_extension(x509.SubjectAlternativeName(general_names(names)), critical=False)
        .sign(key, hashes.SHA256())
    )
    return request.public_bytes(serialization.Encoding.PEM).decode()
