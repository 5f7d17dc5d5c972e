"""Reads a calendar with Python's `icalendar`, and compares it with the plan beside it.

usage: read_calendar.py CALENDAR.ics CALENDAR.json
"""

import datetime
import json
import re
import sys
import uuid

from icalendar import Calendar

CODE = re.compile(r"\b[A-Z]{1,4}-[0-9]{3,}\b")


def check_bytes(data):
    """What readers forgive and RFC 5545 does not."""
    assert data.endswith(b"\r\n"), "the last line has no end"
    for line in data[:-2].split(b"\r\n"):
        assert b"\n" not in line and b"\r" not in line, "a bare line break"
        assert 0 < len(line) <= 75, f"{len(line)} octets"
        line.decode("utf-8")


def main(ics, plan):
    with open(ics, "rb") as file:
        data = file.read()
    check_bytes(data)
    with open(plan, encoding="utf-8") as file:
        plan = json.load(file)
    calendar = Calendar.from_ical(data)
    assert str(calendar["VERSION"]) == "2.0" and calendar["PRODID"] and calendar["NAME"]
    found, identities = set(), set()
    entries = [part for part in calendar.walk() if part.name in ("VEVENT", "VTODO")]
    for entry in entries:
        assert not entry.errors, entry.errors
        day = entry.decoded("DTSTART")
        assert type(day) is datetime.date, f"{day!r} is not a whole day"
        end = entry.decoded("DTEND" if entry.name == "VEVENT" else "DUE")
        assert end == day + datetime.timedelta(days=1), f"{day} ends {end}"
        assert entry.decoded("DTSTAMP").utcoffset() == datetime.timedelta(0)
        assert int(entry["SEQUENCE"]) >= 0 and str(entry["SUMMARY"]).strip()
        identity = uuid.UUID(str(entry["UID"]))
        assert identity.version == 5 and identity not in identities, identity
        identities.add(identity)
        if str(entry["STATUS"]) != "CANCELLED":
            found |= {(day.isoformat(), code) for code in CODE.findall(str(entry.get("DESCRIPTION", "")))}
    wanted = {(session["date"], card) for session in plan["sessions"] for card in session["cards"]}
    assert wanted, "the plan is empty"
    assert found == wanted, f"the calendar differs from the plan: {sorted(found ^ wanted)[:5]}"
    print(f"{len(entries)} entries, {len(found)} cards on their days")


if __name__ == "__main__":
    main(*sys.argv[1:])
