"""The message types that are taken: what each holds, and which statuses and events it may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeOfMessage:
    """A type of code system 8279.

    `root` is the local name of its clinical content, `form` the part of a logistics message that it
    must have. `event` is the code of 9121 that it tells, `also` those beside it. `statuses` are of 7309.
    `topics` are the code systems that its note's topic may be of.
    """

    root: str
    form: str = ""
    event: str = ""
    also: tuple[str, ...] = ()
    statuses: str = "NC"
    topics: tuple[str, ...] = ()
    needs_clinician: bool = False
    is_answer: bool = False


def _logistics(form: str, event: str, **more: object) -> TypeOfMessage:
    return TypeOfMessage(root="Pasientlogistikk", form=form, event=event, **more)  # type: ignore[arg-type]


def _dialogue(*topics: str, is_answer: bool = False) -> TypeOfMessage:
    return TypeOfMessage(root="Dialogmelding", topics=topics, is_answer=is_answer)


SYSTEM = "2.16.578.1.12.4.1.1."
TYPES: Mapping[str, TypeOfMessage] = MappingProxyType(
    {
        "LOG_INNLAGT": _logistics("admitted", "1"),
        "LOG_UTSKRIVNINGSKLAR": _logistics("ready", "3", also=("1",), needs_clinician=True),
        "LOG_AVMELDING": _logistics("withdrawn", "4", also=("1", "3"), needs_clinician=True),
        "LOG_UTSKREVET": _logistics("discharged", "2"),
        "LOG_DOD": _logistics("death", "13"),
        "HELSEOPPL_SOKNAD": TypeOfMessage(root="HelseopplysningerVedSoknad", statuses="NMC"),
        "INNLEGGELSESRAPPORT": TypeOfMessage(root="Innleggelsesrapport", statuses="NMC"),
        "UTSKRIVNINGSRAPPORT": TypeOfMessage(root="TverrfagligEpikrise", statuses="NMC"),
        "HELSEOPPLYSNINGER_LEGE": TypeOfMessage(root="Konsultasjon"),
        "MEDISINSKE_OPPLYSNINGER": TypeOfMessage(root="OverforingMedisinskeOpplysninger"),
        "ORIENTERING_TJENESTETILBUD": TypeOfMessage(root="OrienteringOmTjenestetilbud"),
        "DIALOG_FORESPORSEL": _dialogue(),
        "DIALOG_SVAR": _dialogue("9069", is_answer=True),
        "DIALOG_NOTAT": _dialogue("8127", "9069", "7322"),
        "DIALOG_AVVIK": _dialogue("8117", is_answer=True),
        "DIALOG_HELSEFAGLIG": _dialogue("7322"),
        "EPJ-EKSTRAKT": TypeOfMessage(root="EPJEkstrakt", statuses="NMC"),
        "EPIKRISE": TypeOfMessage(root="Epikrise", statuses="NMC"),
    }
)
"""Every type that is taken, by its code in code system 8279."""

DISPLAY: Mapping[str, str] = MappingProxyType(
    {
        "LOG_INNLAGT": "Melding om innlagt pasient",
        "LOG_UTSKRIVNINGSKLAR": "Melding om utskrivningsklar pasient",
        "LOG_AVMELDING": "Avmelding av utskrivningsklar pasient",
        "LOG_UTSKREVET": "Melding om utskrevet pasient",
        "LOG_DOD": "Orientering om dødsfall",
        "HELSEOPPL_SOKNAD": "Helseopplysninger",
    }
)
"""What a type is called, where a receipt must name one that came without its name."""
