#!/usr/bin/env python3
"""Brings the `cldr` part of every file in this folder up to date, and prints the region table of locale/region.rs.

usage: from_cldr.py [--check] [--work DIR]

Needs npm. Words, counts, quotes and titles are ours and stay as they are; `--check` writes nothing and fails if a file
differs from CLDR.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
VERSION = "48.2.0"
# Our file → CLDR's locale. CLDR's `pt` is the Portuguese of Brazil, its `zh` the simplified Chinese of China.
LOCALES = {
    "en": "en", "en-GB": "en-GB", "de": "de", "fr": "fr", "es": "es", "pt-BR": "pt", "it": "it", "nl": "nl", "pl": "pl",
    "ru": "ru", "ja": "ja", "zh": "zh",
}
MONDAY_FIRST = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def package(work, name):
    root = work / name
    if not root.exists():
        archive = subprocess.run(
            ["npm", "pack", "--silent", f"{name}@{VERSION}"], cwd=work, check=True, capture_output=True, text=True
        ).stdout.split()[-1]
        root.mkdir()
        subprocess.run(["tar", "xzf", archive, "-C", name, "--strip-components=1"], cwd=work, check=True)
    return root


def facts(dates, locale):
    file = dates / "main" / locale / "ca-gregorian.json"
    g = json.loads(file.read_text(encoding="utf-8"))["main"][locale]["dates"]["calendars"]["gregorian"]
    available = g["dateTimeFormats"]["availableFormats"]

    def months(context, width):
        return list(g["months"][context][width].values())

    def weekdays(context, width):
        return [g["days"][context][width][d] for d in MONDAY_FIRST]

    return {
        "months": {
            "wide": months("stand-alone", "wide"),
            "wide-in-date": months("format", "wide"),
            "short": months("stand-alone", "abbreviated"),
            "short-in-date": months("format", "abbreviated"),
        },
        "weekdays": {
            "wide": weekdays("stand-alone", "wide"),
            "short": weekdays("stand-alone", "abbreviated"),
            "short-in-date": weekdays("format", "abbreviated"),
            "narrow": weekdays("stand-alone", "narrow"),
        },
        "patterns": {
            "full": g["dateFormats"]["full"],
            "long": g["dateFormats"]["long"],
            "month-year": available["yMMMM"],
            "month-day": available["MMMd"],
            "weekday-month-day": available["MMMEd"],
        },
    }


def written(value):
    """JSON as a person would want to edit it: short lists on one line, spaces that one cannot see as escapes."""

    def walk(v, indent):
        pad = "  " * (indent + 1)
        if isinstance(v, dict):
            rows = [f"{pad}{json.dumps(k)}: {walk(x, indent + 1)}" for k, x in v.items()]
            flat = "{" + ", ".join(r.strip() for r in rows) + "}"
            if indent > 1 and len(flat) < 110:
                return flat
            return "{\n" + ",\n".join(rows) + "\n" + "  " * indent + "}"
        if isinstance(v, list):
            return "[" + ", ".join(walk(x, indent + 1) for x in v) + "]"
        return json.dumps(v, ensure_ascii=False).replace("\u00a0", "\\u00a0").replace("\u202f", "\\u202f")

    return walk(value, 0) + "\n"


def regions(core):
    data = json.loads((core / "supplemental" / "weekData.json").read_text(encoding="utf-8"))
    first = data["supplemental"]["weekData"]["firstDay"]
    for day in ("sun", "sat", "fri"):
        print(f"{day}: {' '.join(sorted(r for r, d in first.items() if d == day and len(r) == 2))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--work", type=pathlib.Path, help="keep the packages here between runs")
    options = parser.parse_args()
    stale = []
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or pathlib.Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        dates = package(work, "cldr-dates-full")
        for ours, theirs in LOCALES.items():
            path = HERE / f"{ours}.json"
            data = json.loads(path.read_text(encoding="utf-8"))
            data["cldr"] = facts(dates, theirs)
            if options.check:
                if path.read_text(encoding="utf-8") != written(data):
                    stale.append(path.name)
            else:
                path.write_text(written(data), encoding="utf-8")
        regions(package(work, "cldr-core"))
    for name in stale:
        print(f"{name} differs from CLDR {VERSION}, or from the way this script writes it", file=sys.stderr)
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()
