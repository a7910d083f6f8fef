"""The record of what was proved, when, on what: book/proof.json.

`make machines`, `make versions` and `make score` each write their own part of it; the
status page and the cover show it.
"""

import json
from datetime import date
from pathlib import Path

RECORD = Path(__file__).parents[1] / "book" / "proof.json"


def read():
    """Return the whole record, by part."""
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}


def store(part, found):
    """Replace one part of the record, stamped with today's date, in one step."""
    record = read() | {part: {"date": date.today().isoformat(), **found}}
    half = RECORD.with_suffix(".part")
    half.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    half.replace(RECORD)
