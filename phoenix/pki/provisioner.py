"""A JWK provisioner's key: made, sealed by a password, opened. https://smallstep.com/docs/step-ca/provisioners/#jwk"""

import functools
import json
import os

from jwcrypto import jwa, jwe, jwk
from jwcrypto.common import JWException, base64url_encode

# what the step CLI writes and OWASP asks for with SHA-256
ITERATIONS = 600_000
# the library's own limit against hostile input is far below that
jwa.default_max_pbkdf2_iterations = 1_000_000


class WrongPassword(ValueError):
    """The provisioner's password does not open its key."""


def jwk_provisioner(name: str, password: str) -> dict[str, object]:
    """A new provisioner as `ca.json` lists it: the public key, and the private one as a compact JWE for `password`."""
    key = jwk.JWK.generate(kty="EC", crv="P-256", use="sig", alg="ES256")
    key.update(kid=key.thumbprint())
    header = {
        "alg": "PBES2-HS256+A128KW",
        "cty": "jwk+json",
        "enc": "A256GCM",
        "p2c": ITERATIONS,
        # given here, because the library puts one of its own where a compact JWE has no place
        "p2s": base64url_encode(os.urandom(16)),
    }
    sealed = jwe.JWE(
        key.export_private().encode(), protected=json.dumps(header), recipient=jwk.JWK.from_password(password)
    )
    public = key.export_public(as_dict=True)
    return {"type": "JWK", "name": name, "key": public, "encryptedKey": sealed.serialize(compact=True)}


@functools.lru_cache(maxsize=16)
def open_provisioner_key(encrypted: str, password: str) -> jwk.JWK:
    """A JWK provisioner's private key out of its compact JWE (a fifth of a second, hence remembered).

    Raises WrongPassword.
    """
    opened = jwe.JWE()
    try:
        opened.deserialize(encrypted, jwk.JWK.from_password(password))
        return jwk.JWK.from_json(opened.payload.decode())
    except (JWException, ValueError):
        raise WrongPassword("the password does not open the provisioner's key") from None
