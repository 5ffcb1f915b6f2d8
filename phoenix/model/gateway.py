"""The gateway: what its Nginx adds to answers, whom it believes, what single sites need, and ports it passes on."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from phoenix.model.base import Model
from phoenix.vocabulary.names import HostName
from phoenix.vocabulary.network import Subnet
from phoenix.vocabulary.numbers import Bool, Port, PositiveInt, Vmid

HTTP, HTTPS = 80, 443
"""Ports that the gateway always has."""

_PRELOAD_DAYS = 365
_OWN = ("connection", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade")
"""Headers that frame a message: they are Nginx' own (RFC 9110, 7.6.1)."""


def _no_framing(name: str) -> str:
    if name.lower() == "strict-transport-security":
        raise ValueError("give it as hsts")
    if name.lower() in _OWN:
        raise ValueError(f"no header that frames a message: {', '.join(_OWN)}")
    return name


HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=64), AfterValidator(_no_framing)
]
_SIGN = r"[!-#%-\[\]-~]"
HeaderValue = Annotated[str, StringConstraints(pattern=rf"^{_SIGN}(?:[ ]*{_SIGN})*$", max_length=4096)]
"""Visible signs and spaces, without `$` and a backslash, which Nginx would not leave as they are."""


class StrictTransportSecurity(Model):
    """HSTS: browsers then come by HTTPS only, and let nobody click a certificate's warning away (RFC 6797)."""

    max_age_days: PositiveInt = _PRELOAD_DAYS
    """How long a browser remembers it."""
    include_subdomains: Bool = False
    """Whether it holds for every name below the site's, too."""
    preload: Bool = False
    """Whether browsers may have the name in the list that they are shipped with: https://hstspreload.org/"""

    @model_validator(mode="after")
    def _what_the_list_takes(self) -> Self:
        if self.preload and not (self.include_subdomains and self.max_age_days >= _PRELOAD_DAYS):
            raise ValueError(f"preload needs include_subdomains, and max_age_days of {_PRELOAD_DAYS} or more")
        return self


class TrustedProxies(Model):
    """Proxies in front of the gateway, which say who the client is; what anybody else says of it is not believed."""

    networks: Annotated[tuple[Subnet, ...], Field(min_length=1)]
    """Where they are; one address alone is a /32."""
    proxy_protocol_port: Port | None = None
    """They come to this port, by TLS behind a PROXY protocol header; without it they come to 443 and send
    `X-Forwarded-For`."""

    @field_validator("networks")
    @classmethod
    def _not_everybody(cls, networks: tuple[Subnet, ...]) -> tuple[Subnet, ...]:
        if any(each.prefixlen == 0 for each in networks):
            raise ValueError("the networks of the proxies, not of everybody")
        return networks


class Site(Model):
    """What one host name needs beyond the defaults."""

    host: HostName
    """A whole host name that a guest's service or a stack has."""
    max_body_mb: PositiveInt | None = None
    """The largest body of a request in MiB; without it there is no limit."""
    read_timeout_seconds: PositiveInt = 3600
    """How long the service may be silent."""
    buffering: Bool = False
    """Whether Nginx takes requests and answers whole before it hands them on, which frees a slow service early and
    breaks streams."""


class Forward(Model):
    """A TCP port of the gateway that leads to a guest's, untouched: Git over SSH, MQTT."""

    port: Port
    """Of the gateway."""
    guest: Vmid
    """The VMID of the guest that it leads to."""
    guest_port: Port
    """Of that guest."""


class Gateway(Model):
    """How the gateway's Nginx serves; without anything here it serves every routed name, without further headers."""

    hsts: StrictTransportSecurity | None = None
    """Sent with every answer by HTTPS, where a site does not send its own."""
    response_headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    """Further headers of every answer by HTTPS, such as `X-Content-Type-Options: nosniff`, where a site does not send
    its own."""
    trusted_proxies: TrustedProxies | None = None
    """Proxies in front of the gateway."""
    sites: tuple[Site, ...] = ()
    """Sites that need something else than the others."""
    forwards: tuple[Forward, ...] = ()
    """TCP ports that are passed on."""

    @field_validator("response_headers")
    @classmethod
    def _each_once(cls, headers: dict[str, str]) -> dict[str, str]:
        names = [name.lower() for name in headers]
        if twice := next((name for name in headers if names.count(name.lower()) > 1), None):
            raise ValueError(f"a header once, whatever its capitals: {twice}")
        return headers

    @property
    def added_headers(self) -> dict[str, str]:
        """Every header that is added, by its name."""
        return {**({"Strict-Transport-Security": _policy(self.hsts)} if self.hsts else {}), **self.response_headers}


def _policy(hsts: StrictTransportSecurity) -> str:
    words = [f"max-age={hsts.max_age_days * 86400}"]
    words += ["includeSubDomains"] if hsts.include_subdomains else []
    words += ["preload"] if hsts.preload else []
    return "; ".join(words)
