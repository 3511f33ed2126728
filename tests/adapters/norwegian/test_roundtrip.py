"""What is written is read again with nothing changed, and is valid where the official schemas are."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.norwegian.formats import FORMATS, PayloadFormat
from adapters.norwegian.messages import Receipt, read_message, read_receipt, write_message, write_receipt
from adapters.norwegian.schemas import Schemas
from tests.adapters.norwegian.any_record import messages, receipts
from tests.adapters.norwegian.specimens import official_schemas

EACH = pytest.mark.parametrize("of", FORMATS, ids=lambda of: f"{of.root}-{of.version}")
CHECKS = settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # so large a record is not shrunk in reasonable time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return official_schemas()


@EACH
@CHECKS
@given(data=st.data())
def test_a_written_message_is_read_as_it_was(of: PayloadFormat, data: st.DataObject) -> None:
    message = data.draw(messages(of))
    written = write_message(message)
    assert read_message(written) == message
    assert write_message(read_message(written)) == written


@CHECKS
@given(receipt=receipts())
def test_a_written_receipt_is_read_as_it_was(receipt: Receipt) -> None:
    found = read_receipt(write_receipt(receipt))
    assert (found.receipt, found.version) == (receipt.receipt, receipt.version)


@EACH
@CHECKS
@given(data=st.data())
def test_whatever_is_written_is_valid(of: PayloadFormat, data: st.DataObject, schemas: Schemas) -> None:
    assert schemas.faults(write_message(data.draw(messages(of)))) == ()


@CHECKS
@given(receipt=receipts())
def test_whatever_receipt_is_written_is_valid(receipt: Receipt, schemas: Schemas) -> None:
    assert schemas.faults(write_receipt(receipt)) == ()
