"""What Anki makes of `recto export anki`, tried with Anki's own backend (`pip install anki`).

usage: try_anki.py RECTO        the program to try; exit 0 when everything holds

A pack is exported and imported, some cards are answered, then the pack is changed as authors change packs (a typo, a card
that moves to another chapter, one that is new, one that is gone), exported and imported again: the same notes must say the
new things, what was learnt must stand, and nothing may be there twice.
"""

import re
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from anki.collection import (
    Collection,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
    ImportCsvRequest,
)

RECTO = Path(sys.argv[1]).resolve()


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + crc

    head = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


FIRST = {
    "recto.yaml": "title: Tides & \"Moons\"\nlanguage: en\ndate: 2026-11-20\n",
    "1 Water.md": "# Water\n\n|Concept|Brief|\n|---|---|\n|[[Tide]]|The sea risess and falls twice a day.|\n|[[Ebb]]|The sea goes out.|\n",
    "2 Sky.md": "# Sky\n\n|Concept|Brief|\n|---|---|\n|[[Moon]]|It pulls the sea.|\n",
    "Tide.md": "---\ntags: [sea, exam/first]\n---\n# Tide\n\n## Cards\n\n"
    "What makes the tide? :: The moon ![[moon.png]]\n\n"
    "high water ::: flood\n\n"
    "The ==moon== pulls, the ==sun== helps {{c1::not a gap}}, $\\frac{a}{b_{1}}$ and `{{c2::x}}` a::b.\n\n"
    "How is it computed?\n?\n```python\ndef tide(t):\n    return \"<b>\" + str({1: {2: t}})\n```\n",
    "Ebb.md": "# Ebb\n\n## Cards\n\nWhat is ebb? :: The sea goes out\n\nWill this go? :: Yes\n",
    "Moon.md": "# Moon\n\n## Cards\n\nHow far is the moon? :: 384,400 km\n\n"
    "\\<script>alert('x')\\</script> {{c1::y}} [sound:z.mp3] \\\\(x\\\\) =cmd() \"q\" :: \\<b>bold?\\</b> & &amp;lt;\n",
}

# A typo is gone; a card moved to another chapter's note; one is new; one is gone; a gap is new.
SECOND = FIRST | {
    "1 Water.md": FIRST["1 Water.md"].replace("risess", "rises"),
    "Tide.md": FIRST["Tide.md"]
    .replace("What makes the tide?", "What is it that makes the tide?")
    .replace("helps {{", "==helps== {{"),
    "Ebb.md": "# Ebb\n\n## Cards\n\nHow low is it? :: Very\n",
    "Moon.md": FIRST["Moon.md"] + "\nWhat is ebb? :: The sea goes out\n",
}


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "moon.png").write_bytes(png())


def export(pack: Path, kind: str, out: Path) -> None:
    # Both on the same day: days alone must not decide what is newer.
    command = [RECTO, "export", kind, pack, "--out", out, "--date", "2026-11-20"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def imported(col: Collection, package: Path):
    options = ImportAnkiPackageOptions(merge_notetypes=False, with_scheduling=False)
    return col.import_anki_package(ImportAnkiPackageRequest(package_path=str(package), options=options)).log


def notes(col: Collection) -> dict[str, tuple]:
    """By GUID: id, type, fields."""
    rows = col.db.all("select guid, id, mid, flds from notes")
    return {guid: (note, model, fields.split("\x1f")) for guid, note, model, fields in rows}


def cards(col: Collection) -> set[tuple]:
    return {tuple(row) for row in col.db.all("select id, nid, ord from cards")}


def shown(col: Collection, card: int) -> tuple[str, str]:
    output = col.get_card(card).render_output()
    return output.question_text, output.answer_text


def find(col: Collection, text: str) -> int:
    found = col.db.list("select id from notes where flds like ?", f"%{text}%")
    assert len(found) == 1, f"{text}: {len(found)} notes"
    return found[0]


def package(work: Path) -> None:
    pack = work / "pack"
    write(pack, FIRST)
    export(pack, "anki", work / "one")
    apkg = work / "one" / "tides-moons.apkg"
    col = Collection(str(work / "collection.anki2"))
    log = imported(col, apkg)
    assert len(log.new) == 11, log
    first = notes(col)
    first_cards = cards(col)
    types = {name for name, in col.db.all("select name from notetypes where id in (select mid from notes)")}
    assert types == {"Recto", "Recto (both ways)", "Recto (cloze)"}, types
    decks = {deck.name for deck in col.decks.all_names_and_ids()}
    assert decks == {"Default", "Tides & Moons", "Tides & Moons::01 Water", "Tides & Moons::02 Sky"}, decks
    tags = set(col.tags.all())
    assert {"sea", "exam::first", "tides-moons::01-water"} <= tags, tags

    # Two cards of the pair, two gaps, pictures, code, and text that is only text.
    pair = [card for card in first_cards if card[1] == find(col, "high water")]
    assert len(pair) == 2
    gaps = sorted((card for card in first_cards if card[1] == find(col, "pulls, the")), key=lambda card: card[2])
    assert len(gaps) == 2
    question, answer = shown(col, gaps[0][0])
    assert "[...]" in question and "sun" in question and ">moon<" not in question, question
    assert ">moon<" in answer, answer
    plain = re.sub(r"<[^>]*>", "", question)
    assert "&#123;&#123;c1&#58;:not a gap&#125;&#125;" in plain, plain
    assert "\\(\\frac&#123;a&#125;&#123;b_&#123;1&#125;&#125;\\)" in plain, plain
    assert question.count("class=\"cloze\"") == 1, question
    picture = re.search(r'<img src="([^"]+)"', shown(col, [c for c in first_cards if c[1] == find(col, "What makes")][0][0])[1])
    assert picture and (work / "collection.media" / picture[1]).read_bytes() == png()
    code = shown(col, [c for c in first_cards if c[1] == find(col, "How is it computed")][0][0])[1]
    assert re.search(r'<span style="color:#[0-9a-f]+;font-weight:bold">def</span>', code), code
    assert "&quot;&lt;b&gt;&quot;" in code, code
    hostile = shown(col, [c for c in first_cards if c[1] == find(col, "alert(")][0][0])
    assert all("<script" not in side and "[anki:play" not in side and "\\(x" not in side for side in hostile), hostile
    assert "<b>bold" not in hostile[1] and "&amp;lt;" in hostile[1], hostile

    # Some are learnt.
    answered = set()
    for deck in ("Tides & Moons::01 Water", "Tides & Moons::02 Sky"):
        col.decks.select(col.decks.id(deck))
        for _ in range(30):
            card = col.sched.getCard()
            if card is None or len(answered) >= 14:
                break
            col.sched.answerCard(card, 4)
            answered.add(card.id)
    assert len(answered) >= 8, answered
    learnt = col.db.all("select * from revlog order by id")
    due = dict(col.db.all("select id, due || ' ' || ivl || ' ' || reps from cards where reps > 0"))
    tide = find(col, "risess")
    typo = find(col, "What makes the tide")
    ebb = find(col, "What is ebb")

    # The same package again changes nothing.
    log = imported(col, apkg)
    assert not log.new and not log.updated and not log.conflicting, log
    assert notes(col) == first and cards(col) == first_cards

    write(pack, SECOND)
    export(pack, "anki", work / "two")
    log = imported(col, work / "two" / "tides-moons.apkg")
    second = notes(col)
    # `duplicate` are those that stood as they were.
    assert not log.conflicting and not log.first_field_match, log
    assert len(log.updated) == 4, log
    assert [field.fields[0] for field in log.new] == ["How low is it?"], log.new
    assert len(second) == len(first) + 1
    assert all(second[guid][:2] == first[guid][:2] for guid in first), "notes kept their numbers and types"
    assert col.db.scalar("select flds from notes where id = ?", tide).split("\x1f")[1] == "The sea rises and falls twice a day."
    assert col.db.scalar("select flds from notes where id = ?", typo).startswith("What is it that makes the tide?")
    moved = col.db.first("select flds, tags from notes where id = ?", ebb)
    assert moved[0].split("\x1f")[3:] == ["Moon", "Sky"] and "tides-moons::02-sky" in moved[1], moved
    assert first_cards < cards(col), "no card went"
    assert len(cards(col)) == len(first_cards) + 2, "one for the new note, one for the new gap"
    assert col.db.all("select * from revlog order by id") == learnt
    after = dict(col.db.all("select id, due || ' ' || ivl || ' ' || reps from cards where reps > 0"))
    assert after == due, "what was learnt stands"
    assert len(col.db.list("select id from notetypes where name like 'Recto%'")) == 3
    # Gone from the pack, kept by Anki: it is the learner's to delete.
    find(col, "Will this go")

    # What the learner wrote later than the pack's change is theirs.
    note = col.get_note(typo)
    note["Back"] = "mine"
    col.update_note(note)
    imported(col, work / "two" / "tides-moons.apkg")
    assert col.get_note(typo)["Back"] == "mine"
    col.close()
    print("apkg:", len(first), "notes,", len(first_cards), "cards,", len(learnt), "reviews kept")


def text(work: Path) -> None:
    pack = work / "pack-for-text"
    col = Collection(str(work / "text.anki2"))
    counts = []
    for files in (FIRST, SECOND):
        write(pack, files)
        export(pack, "anki-text", work / "text")
        path = str(work / "text" / "anki.txt")
        metadata = col.get_csv_metadata(path=path, delimiter=None)
        log = col.import_csv(ImportCsvRequest(path=path, metadata=metadata)).log
        counts.append((len(log.new), len(log.updated), col.note_count(), col.card_count()))
    assert counts[0][0] == counts[0][2] == 11, counts
    assert counts[1][0] == 1 and counts[1][2] == 12 and counts[1][3] == counts[0][3] + 2, counts
    decks = {deck.name for deck in col.decks.all_names_and_ids()}
    assert "Tides & Moons::02 Sky" in decks, decks
    assert {name for name, in col.db.all("select name from notetypes where id in (select mid from notes)")} == {
        "Basic",
        "Basic (and reversed card)",
        "Cloze",
    }
    hostile = col.db.scalar("select flds from notes where flds like '%alert(%'").split("\x1f")
    assert hostile[0].startswith("&lt;script&gt;"), hostile
    find(col, "What is it that makes the tide?")
    col.close()
    print("text:", counts)


with tempfile.TemporaryDirectory() as folder:
    package(Path(folder))
    text(Path(folder))
