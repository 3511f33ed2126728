"""A browser without a screen: it keeps cookies and sends forms back the way they were shown."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from httpx import Response

with warnings.catch_warnings():
    # Starlette asks for a successor of httpx that is not needed here.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", UserWarning)
    from starlette.testclient import TestClient

__all__ = ["SECRET", "TestClient", "Visitor", "hidden_fields"]

SECRET = "a secret of at least thirty-two characters"


class Fields(HTMLParser):
    """The hidden fields of a page's forms, last one wins; enough to send a form back."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "input" and told.get("type") == "hidden":
            self.found[str(told.get("name"))] = told.get("value") or ""


def hidden_fields(html: str) -> dict[str, str]:
    """Return the hidden fields of a page."""
    fields = Fields()
    fields.feed(html)
    return fields.found


@dataclass
class Visitor:
    """A browser with cookies, that sends forms back the way they were shown."""

    client: TestClient

    def sign_in(self, key: str) -> Visitor:
        """Sign in with an access key."""
        self.send("/sign-in", "/sign-in", key=key)
        return self

    def get(self, path: str) -> str:
        """Return the page's text; the page must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.status_code
        return str(answer.text)

    def send(self, shown_at: str, to: str, /, **fields: str) -> Response:
        """Open the page, fill in *fields*, send it without following; return status, text and headers."""
        answer: Response = self.client.post(to, data=hidden_fields(self.get(shown_at)) | fields)
        return answer

    def act(self, task: str, fields: Mapping[str, str]) -> Response:
        """Open the task's page and send one of its forms."""
        return self.send(f"/tasks/{task}", f"/tasks/{task}", **fields)
