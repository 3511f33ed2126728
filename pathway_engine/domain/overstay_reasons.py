"""Why a stay is not payable, why a day counts or does not, and what an account takes for granted; in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pathway_engine.domain.definition import Text


class Why(StrEnum):
    """Why a day of waiting is payable or not."""

    CANNOT = "cannot"
    SILENCE = "silence"
    OFFER_LATER = "offer_later"
    OFFER_READY = "offer_ready"
    NOT_ANSWERED = "not_answered"
    SECTOR = "sector"
    NOT_NOTIFIED = "not_notified"
    BLOCKED = "blocked"


WHY_TEXTS = {
    Why.CANNOT: Text("Kommunen kan ikke ta imot", "The municipality cannot receive"),
    Why.SILENCE: Text("Kommunen har ikke svart", "The municipality has not answered"),
    Why.OFFER_LATER: Text("Tilbudet er først klart senere", "The offer is ready only later"),
    Why.OFFER_READY: Text("Kommunen kan ta imot", "The municipality can receive"),
    Why.NOT_ANSWERED: Text("Ikke besvart, og taushet regnes ikke", "Not answered, and silence does not count"),
    Why.SECTOR: Text("Ordningen gjaldt ikke sektoren denne dagen", "The sector was not covered on this day"),
    Why.NOT_NOTIFIED: Text("Kommunen var ikke varslet (§ 10)", "The municipality was not notified (§ 10)"),
    Why.BLOCKED: Text("Vilkårene er ikke oppfylt", "The conditions are not met"),
}

TEXTS = {
    "never_ready": Text("Pasienten er ikke meldt utskrivningsklar.", "The patient was not declared discharge-ready."),
    "no_policy": Text(
        "Ingen regelversjon gjelder for dagen pasienten ble utskrivningsklar.",
        "No policy holds on the day the patient became discharge-ready.",
    ),
    "readiness_not_notified": Text(
        "Kommunen er ikke varslet om at pasienten er utskrivningsklar (§ 10).",
        "The municipality was not notified of readiness (§ 10).",
    ),
    "early_notice_missing": Text(
        "Kommunen er ikke varslet om innleggelsen (§ 8).", "The municipality was not notified of the admission (§ 8)."
    ),
    "early_notice_late": Text(
        "Varselet om innleggelsen kom for sent (§ 8).", "The notice of the admission came too late (§ 8)."
    ),
    "criteria_incomplete": Text(
        "Journalen viser ikke alle vilkårene for å være utskrivningsklar (§ 9).",
        "The record does not show all criteria of readiness (§ 9).",
    ),
    "criteria_unknown": Text(
        "Det er ikke kjent om vilkårene i § 9 er oppfylt.", "It is not known whether the criteria of § 9 are met."
    ),
    "follow_up_not_begun": Text(
        "Møte om videre oppfølging er ikke innkalt eller egen oppfølging ikke avklart (PHV og TSB).",
        "No meeting on follow-up was called, or own follow-up is not clarified (PHV and TSB).",
    ),
    "information_missing": Text(
        "Epikrise eller pasientinformasjon er ikke sendt.", "No discharge letter or patient information was sent."
    ),
    "received_in_time": Text(
        "Ingen betalbare døgn: pasienten ventet ikke på kommunen.",
        "No payable days: the patient did not wait for the municipality.",
    ),
    "sector_not_covered": Text(
        "Ordningen gjaldt ikke sektoren på disse dagene.", "The sector was not covered on these days."
    ),
    "not_answered": Text(
        "Kommunen har ikke svart, og taushet regnes ikke som at den ikke kan ta imot.",
        "The municipality has not answered, and silence does not count as cannot.",
    ),
    "rate_missing": Text("Døgnpris mangler for {0}; beløpet er ikke beregnet.", "No rate for {0}; not priced."),
    "rate_unverified": Text("Døgnprisen for {0} er ikke bekreftet.", "The rate for {0} is not verified."),
    "policy_unverified": Text(
        "Regelversjon {0} er ikke bekreftet i alle deler.", "Policy {0} is not verified in every part."
    ),
    "criteria_assumed": Text("Vilkårene i § 9 er antatt oppfylt.", "The criteria of § 9 are taken to be met."),
    "follow_up_assumed": Text(
        "Vilkårene for PHV og TSB er antatt oppfylt.", "The conditions of PHV and TSB are taken to be met."
    ),
    "sector_assumed": Text("Sektoren er antatt å være somatikk.", "The sector is taken to be somatic."),
    "admission_unknown": Text(
        "Innleggelsestidspunktet er ikke kjent; fristen for varsel er ikke vurdert.",
        "The time of admission is not known; the limit of the notice was not judged.",
    ),
    "payer_unknown": Text("Kommunen som betaler er ikke kjent.", "The municipality that pays is not known."),
    "still_waiting": Text(
        "Pasienten venter fortsatt; bare hele døgn til nå er med.", "The patient still waits; only whole days so far."
    ),
    "information_awaited": Text(
        "Epikrise eller pasientinformasjon må være sendt når pasienten reiser.",
        "A discharge letter or patient information must be sent when the patient leaves.",
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of `TEXTS`, and what its text names."""

    code: str
    about: str = ""

    @property
    def text(self) -> Text:
        """The sentence in both languages."""
        found = TEXTS[self.code]
        return Text(found.nb.format(self.about), found.en.format(self.about))
