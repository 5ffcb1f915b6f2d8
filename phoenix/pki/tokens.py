"""The tokens that step-ca asks for. https://smallstep.com/docs/step-ca/provisioners/#jwk"""

import json
from base64 import b64encode
from datetime import datetime
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwcrypto import jwk, jwt
from jwcrypto.common import base64url_encode

TOKEN_SECONDS = 300


def one_time_token(
    key: jwk.JWK, provisioner: str, audience: str, subject: str, names: frozenset[str], now: datetime
) -> str:
    """A token for one attempt at one call; `now` is the CA's time, because it refuses tokens from before its start."""
    claims: dict[str, Any] = {**_claims(provisioner, audience, subject, now), "sans": sorted(names)}
    header = {"alg": key.get("alg", "ES256"), "kid": key.get("kid") or key.thumbprint(), "typ": "JWT"}
    token = jwt.JWT(header=header, claims=claims)
    token.make_signed_token(key)
    return str(token.serialize())


def renewal_digest(certificate: x509.Certificate) -> str:
    """The digest (openssl's name) with which the certificate's key signs a renewal token."""
    return _algorithm(certificate)[1]


def renewal_claims(chain: tuple[x509.Certificate, ...], audience: str, common_name: str, now: datetime) -> bytes:
    """What the certificate's own key must sign to be renewed without mTLS: header and claims of the token."""
    encoded = [b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in chain]
    header = {"alg": _algorithm(chain[0])[0], "typ": "JWT", "x5cInsecure": encoded}
    claims = _claims("step-ca-client/1.0", audience, common_name, now)
    return ".".join(base64url_encode(json.dumps(part)) for part in (header, claims)).encode()


def renewal_token(signed: bytes, signature: bytes, certificate: x509.Certificate) -> str:
    """The token from `signed` (renewal_claims) and openssl's `signature` over it."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        # openssl writes an ASN.1 sequence, a token the two numbers side by side
        size = (key.curve.key_size + 7) // 8
        signature = b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))
    return f"{signed.decode()}.{base64url_encode(signature)}"


def _algorithm(certificate: x509.Certificate) -> tuple[str, str]:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "RS256", "sha256"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size == 384:
        return "ES384", "sha384"
    return "ES256", "sha256"


def _claims(issuer: str, audience: str, subject: str, now: datetime) -> dict[str, Any]:
    start = int(now.timestamp())
    return {
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "iat": start,
        "nbf": start,
        "exp": start + TOKEN_SECONDS,
        "jti": uuid4().hex,
    }
