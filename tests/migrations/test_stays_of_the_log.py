"""Revision 0011: a stay that no number names, and that only the log knows, gets its address."""

from __future__ import annotations

from sqlalchemy import text

from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.patients import public_id_of_stay
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.migrations.databases import Databases
from tests.migrations.kept_rows import filled

UNNUMBERED, OF_TWO = "her:59/2026-11-16T09:30/patient-1", "her:59/2026-11-16T09:30/somebody"
COPY = text(
    "INSERT INTO log (tenant, patient_id, entry_id, stay, entry, received_at) "
    "SELECT tenant, :patient, :id, :stay, entry, received_at FROM log ORDER BY seq LIMIT 1"
)


def test_a_stay_of_the_log_is_known_after_the_upgrade(databases: Databases) -> None:
    url = databases.empty()
    filled(url, "0010")
    engine = open_engine(url)
    with engine.begin() as connection:
        for number, (patient, stay) in enumerate(
            (("patient-1", UNNUMBERED), ("patient-1", UNNUMBERED), ("patient-1", OF_TWO), ("patient-2", OF_TWO))
        ):
            connection.execute(COPY, {"patient": patient, "id": f"added-{number}", "stay": stay})
    engine.dispose()
    upgrade(url)
    store = Store(url)
    with store.reading() as records:
        found = records.stay_of_public_id(public_id_of_stay(store.tenant, UNNUMBERED))
        assert (found, records.patient_of_stay(OF_TWO)) == ((UNNUMBERED, "patient-1"), None)
    store.close()
    databases.drop(url)
