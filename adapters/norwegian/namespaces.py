"""The namespaces of the Norwegian messages, by version."""

from __future__ import annotations

KITH = "http://www.kith.no/xmlstds"
MSGHEAD = f"{KITH}/msghead/2006-05-24"
BASE64 = f"{KITH}/base64container"
FK1 = f"{KITH}/felleskomponent1"
APPREC = {"1.0": f"{KITH}/apprec/2004-11-21", "1.1": f"{KITH}/apprec/2012-02-15"}
PLO = {"1.5": "2009-06-30", "1.6": "2012-04-01"}
DIALOGUE = {"1.0": f"{KITH}/dialog/2006-10-11", "1.1": f"{KITH}/dialog/2013-01-23"}
DISCHARGE_LETTER = {"1.1": f"{KITH}/epikrise/2006-09-23", "1.2": f"{KITH}/epikrise/2012-02-15"}
SHARED = {
    "fk1": FK1,
    "epj1": f"{KITH}/epj/epj1/2008-02-20",
    "epj2": f"{KITH}/epj/epj2/2008-02-20",
    "epj3": f"{KITH}/epj/epj3/2008-02-20",
    "m1": f"{KITH}/epj/meta/2008-02-20",
}
PO = {version: f"{KITH}/po/poKomponent/{dated}" for version, dated in PLO.items()}
WELL_KNOWN = frozenset(
    {MSGHEAD, FK1, *APPREC.values(), *DIALOGUE.values(), *DISCHARGE_LETTER.values(), *SHARED.values(), *PO.values()}
)
"""Where nearly every element stands."""
