"""The long look, each simulated week and at the end: is everything that is stored what the log says?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathway_engine.service import rebuilding
from tests.deterministic import invariants
from tests.deterministic.ledger import check
from tests.deterministic.service import TENANT

if TYPE_CHECKING:
    from tests.deterministic.run import Run


def check_everything(run: Run, *, folded: bool) -> str:
    """Sweep, look at every patient, and hold the books of both sides against each other.

    With *folded* also fold every log anew: of the whole look the part that grows with the patients' age.
    """
    run.service.fuse.left = None
    check(run.service.heartbeat.sweep(), "a sweep goes well")
    invariants.check_heartbeat(run.service, run.service.now)
    run.watch.look_at_everybody()
    result = _folded_anew(run) if folded else ""
    _check_promised(run)
    _check_acts(run)
    _check_effects(run)
    _check_sent_once(run)
    return result


def _folded_anew(run: Run) -> str:
    rebuilt = rebuilding.rebuild(run.service.engine.context, run.service.now, check=True)
    check(not rebuilt.differing, "what is stored is what the log says", rebuilt.differing)
    return f"{rebuilt.patients} patients {rebuilt.episodes} episodes"


def _check_promised(run: Run) -> None:
    """Every letter with an acknowledgement is there, unchanged, in one disposition."""
    rows = run.service.looking.execute("SELECT message_id, raw, disposition FROM inbox WHERE NOT conflict").fetchall()
    kept = {message_id: (raw, disposition) for message_id, raw, disposition in rows}
    check(len(kept) == len(rows), "a message is kept once", len(rows) - len(kept))
    for letter in run.ledger.promised.values():
        raw, disposition = kept.get(letter.id, (b"", None))
        check(raw == letter.raw, "what was acknowledged is never lost", letter.id)
        is_waiting = disposition is None and letter.fate == "dead"
        check(
            disposition in (letter.fate, "unplaced") or is_waiting, "it ends where it should", (letter.id, disposition)
        )
    conflicts = run.service.looking.execute("SELECT DISTINCT disposition FROM inbox WHERE conflict").fetchall()
    check(conflicts in ([], [("rejected",)]), "a used id is refused", conflicts)
    invariants.check_conservation(run.service, run.ledger)


def _check_acts(run: Run) -> None:
    """The log has the acts that were answered, and no other; each has its line in the audit."""
    logged = run.service.looking.execute("SELECT entry_id FROM log WHERE entry_id LIKE 'act:%'").fetchall()
    found = sorted(row[0] for row in logged)
    check(found == sorted(run.ledger.done), "acts are taken once and never lost", set(found) ^ set(run.ledger.done))
    audited = run.service.looking.execute(
        "SELECT count(*) FROM audit WHERE tenant = ? AND action LIKE 'task %' AND action != 'task read'", (TENANT,)
    ).fetchone()[0]
    check(audited == len(found), "every act is audited once", (audited, len(found)))


def _check_effects(run: Run) -> None:
    """Each applied message is audited once for each time that it was applied."""
    wrong = run.service.looking.execute(
        """SELECT inbox.id FROM inbox WHERE (SELECT count(*) FROM audit WHERE audit.object_id = CAST(inbox.id AS TEXT)
              AND audit.action LIKE 'message %')
        != (inbox.disposition IS 'applied') + (SELECT count(*) FROM inbox_history
              WHERE inbox_id = inbox.id AND inbox_history.disposition = 'applied')"""
    ).fetchall()
    check(not wrong, "a message takes effect once", wrong)


def _check_sent_once(run: Run) -> None:
    """No message goes out twice for one task, whatever became of the episode."""
    keys = run.service.looking.execute("SELECT patient_id, key FROM outbox").fetchall()
    sent = sorted((run.watch.person_of(patient_id), key.partition("/")[2]) for patient_id, key in keys)
    check(len(sent) == len(set(sent)), "a message goes out once", [each for each in sent if sent.count(each) > 1])
