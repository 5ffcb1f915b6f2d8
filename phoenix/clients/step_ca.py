"""Step-CA's HTTP API, verified against a pinned root. https://smallstep.com/docs/step-ca/"""

import functools
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from jwcrypto import jwk
from urllib3.exceptions import HTTPError, SSLError

from phoenix.clients import pinned
from phoenix.errors import PhoenixError
from phoenix.pki.chain import Chain
from phoenix.pki.kinds import CertificateKind
from phoenix.pki.provisioner import WrongPassword, open_provisioner_key

WAIT_SECONDS = 30.0
"""How long a CA that has just been started may take to answer."""
REQUEST_SECONDS = 15.0
_PAUSE_SECONDS = 0.2
_PROVISIONER_PAGES = 50
_RESTORE = "start it (`systemctl status step-ca` in the CA's guest says more), then run again"


class StepCaError(PhoenixError):
    """The CA did not do what was asked; `cause` are its own words, `status` its HTTP status (0: no answer)."""

    def __init__(self, cause: str, next_step: str, status: int = 0) -> None:
        self.cause = cause
        self.next_step = next_step
        self.status = status
        super().__init__(f"{cause}\n  next: {next_step}")


class StepCa:
    """One CA at `url`; only `roots` (PEM) are trusted, whatever the machine or its environment trusts."""

    def __init__(self, url: str, roots: str) -> None:
        self.url = url.rstrip("/")
        context = pinned.context()
        context.load_verify_locations(cadata=roots)
        self._http = urllib3.PoolManager(
            ssl_context=context,
            maxsize=8,
            timeout=REQUEST_SECONDS,
            retries=False,
            headers={"Accept": "application/json"},
        )
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The CA's time as of its last answer; never behind it, since it refuses tokens from before its start."""
        return datetime.now(UTC) + self._ahead

    def wait(self, limit: float = WAIT_SECONDS) -> None:
        """Returns when the CA is healthy; raises StepCaError after `limit` seconds, or at once on a wrong root."""
        end = time.monotonic() + limit
        while True:
            try:
                if self._call("GET", "/health").get("status") == "ok":
                    return
                problem = StepCaError("it is not healthy", _RESTORE)
            except StepCaError as error:
                if isinstance(error, _Untrusted):
                    raise
                problem = error
            if time.monotonic() >= end:
                raise StepCaError(f"{problem.cause} (waited {limit:.0f} s)", problem.next_step, problem.status)
            time.sleep(_PAUSE_SECONDS)

    def provisioner_key(self, name: str, password: str) -> jwk.JWK:
        """The private key of the JWK provisioner `name`, opened with `password`."""
        seen: list[str] = []
        cursor = ""
        for _ in range(_PROVISIONER_PAGES):
            page = self._call("GET", f"/provisioners?limit=100&cursor={cursor}")
            for found in page.get("provisioners", []):
                if found.get("name") == name and found.get("type") == "JWK":
                    return self._opened(found, name, password)
                seen.append(f"{found.get('name')} ({found.get('type')})")
            cursor = page.get("nextCursor", "")
            if not cursor:
                break
        raise StepCaError(
            f"it has no JWK provisioner {name!r}; it has: {', '.join(seen) or 'none'}",
            "correct the provisioner's name in the configuration, or add it to the CA's ca.json",
        )

    def sign(
        self, request: str, token: str, *, lifetime: timedelta, kind: CertificateKind, not_before: str | None = None
    ) -> Chain:
        """Signs the PEM `request`; `not_before` is RFC 3339 or relative to now (`-1h`), by default now.

        The lifetime counts from `not_before`. Each attempt needs a token of its own: a refusal burns it, too.
        """
        body: dict[str, Any] = {
            "csr": request,
            "ott": token,
            "notAfter": f"{int(lifetime.total_seconds())}s",
            "templateData": {"kind": str(kind)},
        }
        if not_before is not None:
            body["notBefore"] = not_before
        return _chain(self._call("POST", "/1.0/sign", body))

    def renew(self, token: str) -> Chain:
        """A new certificate for the same key, names and lifetime; `token` is signed by that key (pki.tokens)."""
        return _chain(self._call("POST", "/1.0/renew", headers={"Authorization": f"Bearer {token}"}))

    def revoke(self, serial: int, token: str) -> None:
        """Forbids the renewal of the certificate; one the CA does not know is no error."""
        body = {"serial": str(serial), "ott": token, "passive": True, "reasonCode": 5, "reason": "no longer used"}
        self._call("POST", "/1.0/revoke", body)

    def _opened(self, found: Mapping[str, Any], name: str, password: str) -> jwk.JWK:
        try:
            return open_provisioner_key(str(found.get("encryptedKey", "")), password)
        except WrongPassword:
            raise StepCaError(
                f"the password on the node does not open the key of its provisioner {name!r}",
                "put the provisioner's present password into provisioner_password.txt of the CA's directory",
            ) from None

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._http.request(method, self.url + path, body=data, headers=headers)
        except SSLError as error:
            raise _untrusted(str(error)) from None
        except HTTPError as error:
            raise StepCaError(f"it does not answer: {_words(error)}", _RESTORE) from None
        self._keep_time(answer.headers.get("Date"))
        try:
            content = json.loads(answer.data or b"{}")
        except ValueError:
            content = {}
        if answer.status >= 400 or not isinstance(content, dict):
            said = content.get("message", "") if isinstance(content, dict) else ""
            raise StepCaError(f"{answer.status} {said}".strip(), _advice(answer.status), answer.status)
        return content

    def _keep_time(self, date: str | None) -> None:
        if date:
            # the header's second has begun some time ago: count from its end
            self._ahead = parsedate_to_datetime(date) + timedelta(seconds=1) - datetime.now(UTC)


@functools.lru_cache(maxsize=8)
def shared(url: str, roots: str) -> StepCa:
    """One for the whole process: its connections stay open from one certificate to the next."""
    return StepCa(url, roots)


class _Untrusted(StepCaError):
    """Whoever answers is not the CA with the pinned root; waiting would not help."""


def _untrusted(words: str) -> StepCaError:
    return _Untrusted(
        f"its own TLS certificate cannot be verified with the pinned root: {words}",
        "see whether something else listens there, or whether the root in the CA's directory was changed",
    )


def _words(error: HTTPError) -> str:
    # urllib3 puts the connection object's address in front
    return str(error).rsplit(">: ", 1)[-1] or type(error).__name__


def _advice(status: int) -> str:
    match status:
        case 401:
            return "the CA logs its reason: see `journalctl -u step-ca` in its guest (revoked, expired, disabled ...)"
        case 403:
            return "ask for what the CA's provisioner allows (names, lifetime), or change its claims in ca.json"
        case 400:
            return "see `journalctl -u step-ca` in the CA's guest; the request was not understood"
        case _:
            return "see `journalctl -u step-ca` in the CA's guest"


def _chain(answer: Mapping[str, Any]) -> Chain:
    pem = "".join(answer.get("certChain") or [answer.get("crt", ""), answer.get("ca", "")])
    try:
        return Chain.parse(pem.encode())
    except ValueError:
        raise StepCaError("it answered without a certificate", "see `journalctl -u step-ca` in its guest") from None
