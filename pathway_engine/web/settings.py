"""What an installation chooses about its pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from pathway_engine.service.access.sessions import Lengths


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Choices of one installation.

    `session_secret` signs the session cookie; at least 32 characters. `https_only` marks the cookie
    Secure and names it ``__Host-``, and tells browsers to stay on HTTPS. `demo_sign_in` offers made-up
    persons as buttons; never together with real patients. A session locks `session_idle` after its last
    request, and opens again by its PIN; without one, and `session_absolute` after signing in, it ends.
    `sign_on_name` is what the button says that leads to the issuer, empty without one.
    """

    session_secret: str = field(repr=False)
    https_only: bool = True
    demo_sign_in: bool = False
    session_idle: timedelta = timedelta(minutes=30)
    session_absolute: timedelta = timedelta(hours=10)
    sign_on_name: str = ""

    def __post_init__(self) -> None:
        if len(self.session_secret) < 32:
            raise ValueError("session_secret is too short: at least 32 characters would be right")

    @property
    def lengths(self) -> Lengths:
        """Return how long sessions last."""
        return Lengths(idle=self.session_idle, absolute=self.session_absolute)

    @property
    def cookie_name(self) -> str:
        """Return the session cookie's name; browsers hold ``__Host-`` cookies to one host and HTTPS."""
        return "__Host-pathway" if self.https_only else "pathway"
