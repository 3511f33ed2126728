"""Write the page of licences (`licences`) or the bill of materials (`sbom`) anew."""

from __future__ import annotations

import sys

from tests.dependencies import bill, licences
from tests.dependencies.pins import REPOSITORY

WRITTEN = {"licences": (licences.PAGE, licences.page), "sbom": (bill.PLACE, bill.bill)}

if sys.argv[1:] not in [[what] for what in WRITTEN]:
    sys.exit(f"say one of: {', '.join(WRITTEN)}")
place, text = WRITTEN[sys.argv[1]]
place.parent.mkdir(parents=True, exist_ok=True)
place.write_text(text(), "utf-8")
print(place.relative_to(REPOSITORY))
