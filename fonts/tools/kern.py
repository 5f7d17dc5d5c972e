"""Kerning as few tables as possible, with the same effect.

A face's pair kerning often lies in a dozen or more subtables, and a shaper asks one after the other for each glyph until
one covers it. Rewritten as two or three subtables of classes, sorted so that the letters of common texts are in the first,
the same pairs get the same kerns in a fraction of the time.
"""

from fontTools.ttLib.tables import otTables
from fontTools.ttLib.tables.otBase import ValueRecord

# A subtable's matrix, in bytes: what follows it is reached by 16-bit offsets.
MATRIX = 58_000
# Characters whose glyphs come first.
COMMON = range(0x20, 0x180)


def compact(font):
    """Rewrites all pair kerning of a face; fails if a single pair came out otherwise."""
    if "GPOS" not in font:
        return
    order, numbers, characters = font.getGlyphOrder(), font.getReverseGlyphMap(), font.getBestCmap()
    common = {characters[c] for c in COMMON if c in characters}
    for lookup in font["GPOS"].table.LookupList.Lookup:
        old = [getattr(subtable, "ExtSubTable", subtable) for subtable in lookup.SubTable]
        if not all(isinstance(subtable, otTables.PairPos) for subtable in old):
            continue
        pairs = kerns(old, order)
        rows = {}
        for (left, right), kern in pairs.items():
            rows.setdefault(left, {})[right] = kern
        rows = {left: tuple(sorted(row.items())) for left, row in rows.items()}
        first = [left for left in rows if left in common]
        rest = [left for left in rows if left not in common]
        new = [
            subtable(classes, numbers)
            for lefts in (first, rest)
            for classes in packed([(rows[left], left) for left in lefts], numbers)
        ]
        assert kerns(new, order) == pairs, "kerning changed"
        lookup.LookupType, lookup.SubTable, lookup.SubTableCount = 2, new, len(new)


def advance(value):
    """A value record's kern; anything but a change of advance is not expected in kerning."""
    if value is None:
        return 0
    assert set(vars(value)) <= {"XAdvance"}, vars(value)
    return getattr(value, "XAdvance", 0)


def kerns(subtables, order):
    """(left, right) → kern, zeros left out: the first subtable that covers a pair decides."""
    found = {}
    for s in subtables:
        if s.Format == 1:
            for left, pair_set in zip(s.Coverage.glyphs, s.PairSet):
                for record in pair_set.PairValueRecord:
                    assert not advance(getattr(record, "Value2", None))
                    found.setdefault((left, record.SecondGlyph), advance(record.Value1))
            continue
        for left in s.Coverage.glyphs:
            row = s.Class1Record[s.ClassDef1.classDefs.get(left, 0)].Class2Record
            for right in order:
                record = row[s.ClassDef2.classDefs.get(right, 0)]
                assert not advance(getattr(record, "Value2", None))
                found.setdefault((left, right), advance(record.Value1))
    return {pair: kern for pair, kern in found.items() if kern}


def packed(lefts, numbers):
    """Parts glyphs (row, left) into groups of classes [(row, lefts)] whose matrix is small enough."""
    classes = {}
    for row, left in lefts:
        classes.setdefault(row, []).append(left)
    group = []
    for row, glyphs in sorted(classes.items(), key=lambda c: min(numbers[g] for g in c[1])):
        grown = [*group, (row, glyphs)]
        if group and 2 * len(grown) * (len(columns(grown)) + 1) > MATRIX:
            yield group
            grown = [(row, glyphs)]
        group = grown
    if group:
        yield group


def columns(classes):
    """Right glyphs that no row tells apart, by what the rows say of them."""
    seen = {}
    for i, (row, _) in enumerate(classes):
        for right, kern in row:
            seen.setdefault(right, []).append((i, kern))
    found = {}
    for right, column in seen.items():
        found.setdefault(tuple(column), []).append(right)
    return list(found.values())


def subtable(classes, numbers):
    """A format 2 subtable; class 0 on the left is the largest group, on the right what is not kerned."""
    classes = sorted(classes, key=lambda c: (-len(c[1]), min(numbers[g] for g in c[1])))
    rights = columns(classes)
    s = otTables.PairPos()
    s.Format, s.ValueFormat1, s.ValueFormat2 = 2, 4, 0
    s.Coverage = otTables.Coverage()
    s.Coverage.glyphs = sorted((g for _, glyphs in classes for g in glyphs), key=numbers.get)
    s.ClassDef1, s.ClassDef2 = otTables.ClassDef(), otTables.ClassDef()
    s.ClassDef1.classDefs = {g: i for i, (_, glyphs) in enumerate(classes) for g in glyphs if i}
    s.ClassDef2.classDefs = {g: j + 1 for j, glyphs in enumerate(rights) for g in glyphs}
    s.Class1Count, s.Class2Count = len(classes), len(rights) + 1
    s.Class1Record = []
    for row, _ in classes:
        row = dict(row)
        record = otTables.Class1Record()
        record.Class2Record = []
        for kern in [0, *(row.get(glyphs[0], 0) for glyphs in rights)]:
            cell = otTables.Class2Record()
            cell.Value1 = ValueRecord()
            cell.Value1.XAdvance = kern
            record.Class2Record.append(cell)
        s.Class1Record.append(record)
    return s
