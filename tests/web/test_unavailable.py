"""Pages while the database is away."""

from __future__ import annotations

import pytest

from pathway_engine.domain.errors import StorageError
from tests.web.fakes import FakeService
from tests.web.visitor import Visitor


class TestDatabaseGone:
    """What pages say when the database is away."""

    @pytest.fixture
    def gone(self, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> FakeService:
        def refuses(*_: object, **__: object) -> None:
            raise StorageError

        for name in ("worklist", "task", "act", "health", "principal_of_access_key"):
            monkeypatch.setattr(service, name, refuses)
        return service

    @pytest.mark.parametrize("path", ["/", "/tasks/t1", "/api/worklist", "/health"])
    def test_every_page_says_so_and_when_to_come_back(self, kari: Visitor, gone: FakeService, path: str) -> None:
        """Mutant: a page that says that it is the program's fault."""
        answer = kari.client.get(path)
        assert answer.status_code == 503
        assert path == "/health" or answer.headers["Retry-After"] == "10"

    def test_the_page_speaks_both_languages(self, kari: Visitor, gone: FakeService) -> None:
        shown = kari.client.get("/?lang=en").text
        assert shown.index('<section lang="en">') < shown.index('<section lang="nb">')

    def test_a_sign_in_is_not_called_wrong(self, stranger: Visitor, gone: FakeService) -> None:
        assert stranger.send("/sign-in", "/sign-in", key="kari-access-key").status_code == 503
