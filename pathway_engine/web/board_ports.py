"""What the boards and the patients' pages ask of the service, beside what the worklists ask."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pathway_engine.domain.directory import Organisation
from pathway_engine.service.board_views import Board
from pathway_engine.service.course_views import PatientCourse
from pathway_engine.service.free_places import SaidPlaces
from pathway_engine.service.office_answers import OfficeAnswer
from pathway_engine.service.registering import Receipt, Registration
from pathway_engine.service.told_by_hand import Telling
from pathway_engine.service.views import Principal
from pathway_engine.web.ports import WorklistService


class BoardService(WorklistService, Protocol):
    """Boards, the office's answer and registration by hand, cut to what the asker may see; instants are in UTC."""

    def board(self, who: Principal, now: datetime) -> Board:
        """Return the board of the ward or office that *who* sits in."""

    def say_places(self, who: Principal, said: SaidPlaces, now: datetime) -> None:
        """Keep what a municipality says of its free places. Raises errors of the TaskError family."""

    def office_answer(self, who: Principal, patient_id: str, now: datetime) -> OfficeAnswer:
        """Return the office's answer for a patient. Raises UnknownPatient for a missing and a foreign one alike."""

    def patient(self, who: Principal, patient_id: str, now: datetime) -> PatientCourse:
        """Return one patient's course. Raises UnknownPatient for a missing and a foreign one alike."""

    def tell(self, who: Principal, given: Telling, now: datetime) -> None:
        """Tell what no message tells of a patient, once for each key. Raises errors of the TaskError family."""

    def wards_by_hand(self, who: Principal) -> list[Organisation]:
        """Return the wards for which *who* may register by hand."""

    def municipalities(self) -> list[Organisation]:
        """Return the municipalities that can be chosen, by name."""

    def register(self, who: Principal, given: Registration, now: datetime) -> Receipt:
        """Take a registration as a message, once for each key. Raises errors of the TaskError family."""

    def registration(self, who: Principal, number: int, now: datetime) -> Receipt:
        """Return the receipt of a registration. Raises UnknownPatient for a missing and a foreign one alike."""
