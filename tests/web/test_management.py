"""The leaders' pages: figures with what they count, hidden where few, and a table that no spreadsheet runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from pathway_engine.domain.errors import NotPermitted
from pathway_engine.domain.quality import Observation, by_month, figure, figures, months_to
from pathway_engine.domain.quality_measures import MEASURES
from pathway_engine.domain.variation import variation
from pathway_engine.service.quality import ALL, MONTHS, QualityReport, Series
from pathway_engine.service.views import Principal
from pathway_engine.web import WebSettings, create_app
from pathway_engine.web.charts import can_draw
from pathway_engine.web.language import language
from pathway_engine.web.quality_csv import report_csv
from tests.web.fakes import NOW, FakeService
from tests.web.visitor import TestClient, Visitor

LIV = Principal(person="liv", name="Liv Leder", role="home_care_leader", seats=(("east", "home_care_leader"),))
UNITS = (("east", "=Øst"), ("west", "Vest"))


@dataclass
class QualityFake(FakeService):
    """Ten observations a month in one unit, three in the other."""

    asked: int = 0

    def __post_init__(self) -> None:
        FakeService.__init__(self)

    def quality(
        self, who: Principal, now: datetime, *, unit: str = ALL, first: date | None = None, months: int = MONTHS
    ) -> QualityReport:
        self.asked += 1
        if unit not in (ALL, "east", "west"):
            raise NotPermitted
        shown = months_to(date(2026, 11, 18), months)
        counted = [
            Observation(month, unit, number % 3 != 0)
            for month in shown for unit, count in (("east", 10), ("west", 1)) for number in range(count)
        ]  # fmt: skip
        series = []
        for measure in MEASURES:
            points = figures(measure, by_month(counted, shown))
            parts = {
                unit: [each for each in counted if each.unit == unit][: 60 if unit == "east" else 3]
                for unit, _ in UNITS
            }
            series.append(
                Series(
                    measure, figure(measure, ALL, counted), tuple(points), variation(measure, points),
                    tuple(figures(measure, parts)),
                )
            )  # fmt: skip
        return QualityReport(unit=unit, units=UNITS, first=shown[0], last=date(2026, 11, 18), series=tuple(series))

    def principal(self, person: str, role: str) -> Principal | None:
        return LIV if person == "liv" else super().principal(person, role)

    def principal_of_access_key(self, key: str) -> Principal | None:
        return LIV if key == "liv-access-key" else super().principal_of_access_key(key)


@pytest.fixture
def service() -> QualityFake:
    return QualityFake()


@pytest.fixture
def liv(service: QualityFake, settings: WebSettings) -> Visitor:
    app = create_app(service, settings, lambda: NOW)
    return Visitor(TestClient(app, follow_redirects=False)).sign_in("liv-access-key")


def test_the_figure_to_beat_stands_first_with_its_definition(liv: Visitor) -> None:
    page = liv.get("/management")
    assert page.index("Minst tre av fire sjekklister gjort") < page.index("Gjøres det som skal gjøres?")
    assert "å slå: 36\xa0%" in page and "minst tre av HPH0, HPH2, HPH3 og HPH5" in page


def test_few_are_hidden_on_the_page_and_in_the_table(liv: Visitor, service: QualityFake) -> None:
    assert "færre enn 5" in liv.get("/management")
    report = service.quality(LIV, NOW)
    lines = [line.split(";") for line in report_csv(report, language("nb")).split("\r\n")]
    west = [line for line in lines if len(line) > 1 and line[1] == "Vest"]
    assert len(west) == len(MEASURES) and all(line[2:5] == ["", "", ""] and line[5] == "færre enn 5" for line in west)


def test_no_cell_is_a_formula(liv: Visitor) -> None:
    answer = liv.client.get("/management/report.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeffMål;") and ";'=Øst;" in answer.text and ";=Øst" not in answer.text


def test_a_foreign_unit_and_an_unknown_measure_look_missing(liv: Visitor) -> None:
    for path in ("/management?unit=far", "/management/charts/nothing.svg", "/management/charts/wait.png"):
        assert liv.client.get(path).status_code == 404, path


def test_a_nurse_does_not_see_them(kari: Visitor) -> None:
    for path in ("/management", "/management/report", "/management/report.csv", "/management/charts/wait.svg"):
        assert kari.client.get(path).status_code == 403, path


def test_a_page_and_its_charts_are_of_one_count(liv: Visitor, service: QualityFake) -> None:
    liv.get("/management")
    if can_draw():
        answer = liv.client.get("/management/charts/three_of_four.svg")
        assert answer.headers["content-type"] == "image/svg+xml" and b"<svg" in answer.content
    assert service.asked == 1
    liv.get("/management?unit=east")
    assert service.asked == 2


def test_without_matplotlib_the_tables_are_open_and_that_is_said(liv: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathway_engine.web.management_pages.can_draw", lambda: False)
    page = liv.get("/management")
    assert "matplotlib er ikke installert" in page and "<picture>" not in page and "<details open>" in page
    assert liv.client.get("/management/charts/wait.svg").status_code == 404


def test_a_half_year_that_is_not_offered_is_the_present_one(liv: Visitor) -> None:
    assert "halvår 2026-2" in liv.get("/management/report?half=2026-1%27--").lower()
    assert "halvår 2025-2" in liv.get("/management/report?half=2025-2").lower()
