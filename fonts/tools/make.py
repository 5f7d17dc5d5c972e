#!/usr/bin/env python3
"""Makes everything in fonts/ from published packages, and checks what it made.

usage: fonts/tools/make.py [--work DIR] [--only FOLDER…] [--check]

Needs npm, apt-get and dpkg-deb (for the CJK face) on the path, and the Python packages named in requirements.txt.
Packages are named here with their version and fetched by the package managers that are configured on the machine.
Run it again after a change to src/plan/locale/{ja,zh}.json: the CJK face holds the characters of those files and
no others. `--check` fetches and writes nothing; it only holds the folder against the promises at the end of this file.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from fontTools import subset
from fontTools.ttLib import TTFont

import kern

FONTS = pathlib.Path(__file__).resolve().parent.parent
LOCALES = FONTS.parent / "src" / "plan" / "locale"

# All faces together, in bytes: they are part of the binary.
BUDGET = 8_000_000
CJK_BUDGET = 400_000

# Characters that stand between the fixed words of ja and zh, beyond those the locale files hold.
CJK_EXTRA = "0123456789 　、。・「」『』（）〈〉《》【】：；！？〜～／％—…"

# Package, version. `recto-s*` are Adobe's own packages, the others Google's builds.
NPM = {
    "recto-serif": ("source-serif", "4.5.1"),
    "recto-sans": ("source-sans", "3.52.0"),
    "jetbrains-mono": ("@expo-google-fonts/jetbrains-mono", "0.4.1"),
    "noto-emoji": ("@expo-google-fonts/noto-emoji", "0.4.7"),
    "noto-sans-symbols": ("@expo-google-fonts/noto-sans-symbols", "0.4.1"),
    "noto-sans-symbols-2": ("@expo-google-fonts/noto-sans-symbols-2", "0.4.1"),
    "stix-two-math": ("@expo-google-fonts/stix-two-math", "0.4.0"),
}
DEB = ("fonts-noto-cjk", "1:20220127+repack1-1")

# Whole faces with their kerning rewritten: folder → (stem in the package, family). Adobe reserves the name "Source", so
# what is changed bears another one.
STYLES = ["Regular", "It", "Semibold", "Bold", "BoldIt"]
REKERNED = {
    "recto-serif": ("SourceSerif4", "Recto Serif"),
    "recto-sans": ("SourceSans3", "Recto Sans"),
}

# Folder → [(file in the package, our file)], what to keep, features to leave out.
SUBSETS = {
    "jetbrains-mono": dict(
        files=[
            ("400Regular/JetBrainsMono_400Regular.ttf", "JetBrainsMono-Regular.ttf"),
            ("400Regular_Italic/JetBrainsMono_400Regular_Italic.ttf", "JetBrainsMono-Italic.ttf"),
            ("700Bold/JetBrainsMono_700Bold.ttf", "JetBrainsMono-Bold.ttf"),
        ],
        unicodes="*",
        # Code shows the characters that one has to type: `!=` must not become `≠`.
        drop=["calt", "liga", "clig", "dlig"],
    ),
    "noto-emoji": dict(
        files=[("400Regular/NotoEmoji_400Regular.ttf", "NotoEmoji-Regular.ttf")],
        unicodes="*",
        drop=[],
    ),
    "noto-sans-symbols": dict(
        files=[("400Regular/NotoSansSymbols_400Regular.ttf", "NotoSansSymbols-Regular.ttf")],
        # Technical signs, enclosed letters and numbers, miscellaneous symbols and dingbats; no alchemy, no zodiac discs.
        unicodes="U+0020,U+00A0,U+20D0-20FF,U+2100-214F,U+2190-21FF,U+2300-23FF,U+2460-24FF,U+2600-27BF,U+1F100-1F1FF",
        drop=[],
    ),
    "noto-sans-symbols-2": dict(
        files=[("400Regular/NotoSansSymbols2_400Regular.ttf", "NotoSansSymbols2-Regular.ttf")],
        # Arrows, technical, control pictures, shapes, dingbats, Braille (terminal plots), pictographs; no games, no scripts.
        unicodes="U+0020,U+00A0,U+2190-21FF,U+2300-243F,U+2500-27BF,U+2800-28FF,U+2B00-2BFF,U+1F300-1F5FF,U+1F650-1F6FF,"
        "U+1F780-1F8FF",
        drop=[],
    ),
    "stix-two-math": dict(
        files=[("400Regular/STIXTwoMath_400Regular.ttf", "STIXTwoMath-Regular.ttf")],
        # Mathematics with the MATH table's variants; text in other scripts comes from the text faces.
        unicodes="U+0020-007E,U+00A0-00FF,U+0131,U+0237,U+02C6-02DD,U+0300-036F,U+0370-03FF,U+2000-206F,U+2070-209F,"
        "U+20D0-20FF,U+2100-23FF,U+25A0-25FF,U+2660-266F,U+2710-271F,U+27C0-27FF,U+2900-2AFF,U+2B00-2BFF,U+1D400-1D7FF,"
        "U+1EE00-1EEFF",
        drop=[],
    ),
}


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def npm_package(work, folder):
    """Unpacks the package of `folder` below `work` and returns its root."""
    name, version = NPM[folder]
    root = work / folder
    if not root.exists():
        archive = run("npm", "pack", "--silent", f"{name}@{version}", cwd=work).split()[-1]
        root.mkdir()
        run("tar", "xzf", archive, "-C", str(root), "--strip-components=1", cwd=work)
    return root


def deb_package(work):
    name, version = DEB
    root = work / "deb"
    if not root.exists():
        run("apt-get", "download", f"{name}={version}", cwd=work)
        archive = next(work.glob(f"{name}_*.deb"))
        run("dpkg-deb", "-x", archive.name, str(root), cwd=work)
    return root


def fresh(folder):
    target = FONTS / folder
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    return target


def options(drop):
    o = subset.Options()
    o.layout_features = ["*"]
    o.layout_features_exclude = drop
    o.hinting = False  # Print and PDF viewers do not need it; it is a third of some files.
    o.notdef_outline = True
    o.name_IDs = ["*"]
    o.name_languages = ["*"]
    o.glyph_names = False
    o.drop_tables += ["DSIG"]
    return o


def cut(font, unicodes, drop, target, name=None):
    o = options(drop)
    # fontTools has no list of features to leave out beside `*`: name those that stay.
    if drop and "GSUB" in font:
        tags = {r.FeatureTag for t in ("GSUB", "GPOS") if t in font for r in font[t].table.FeatureList.FeatureRecord}
        o.layout_features = sorted(tags - set(drop))
    s = subset.Subsetter(o)
    s.populate(unicodes=sorted(font.getBestCmap()) if unicodes == "*" else subset.parse_unicodes(unicodes))
    s.subset(font)
    if name:
        rename(font, *name)
    subset.save_font(font, str(target), o)


def rename(font, family, style):
    """Gives a face a family name of its own, in the names that programs read."""
    postscript = f"{family.replace(' ', '')}-{style}"
    table = font["name"]
    keep = {0: None, 5: None, 7: None, 8: None, 9: None, 11: None, 13: None, 14: None}
    table.names = [n for n in table.names if n.nameID in keep]
    for name_id, text in {1: family, 2: style, 3: postscript, 4: f"{family} {style}", 6: postscript}.items():
        table.setName(text, name_id, 3, 1, 0x409)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [postscript]
        cff.topDictIndex[0].FullName = f"{family} {style}"
        cff.topDictIndex[0].FamilyName = family


def rekerned(work, folder):
    root = npm_package(work, folder)
    target = fresh(folder)
    stem, family = REKERNED[folder]
    for style in STYLES:
        font = TTFont(root / "OTF" / f"{stem}-{style}.otf", recalcTimestamp=False)
        kern.compact(font)
        rename(font, family, style)
        font.save(str(target / f"{family.replace(' ', '')}-{style}.otf"))
    shutil.copyfile(root / "LICENSE.md", target / "OFL.txt")


def subsetted(work, folder):
    root = npm_package(work, folder)
    target = fresh(folder)
    spec = SUBSETS[folder]
    for source, ours in spec["files"]:
        # Timestamps stay: the same input gives the same bytes.
        cut(TTFont(root / source, recalcTimestamp=False), spec["unicodes"], spec["drop"], target / ours)
    shutil.copyfile(root / "LICENSE_FONT", target / "OFL.txt")


def cjk_characters():
    """Every character that a page in ja or zh can print without the author having written it."""
    found = set(CJK_EXTRA)

    def walk(value):
        if isinstance(value, str):
            found.update(value)
        elif isinstance(value, dict):
            for v in value.values():
                walk(v)
        elif isinstance(value, list):
            for v in value:
                walk(v)

    for language in ("ja", "zh"):
        walk(json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8")))
    # Latin, Greek and typographic signs come from the text faces.
    return {ord(c) for c in found if ord(c) >= 0x2E80 or c in CJK_EXTRA}


def cjk(work):
    source = deb_package(work) / "usr" / "share" / "fonts" / "opentype" / "noto"
    target = fresh("recto-cjk")
    for style in ("Regular", "Bold"):
        # Face 0 of the collection is the Japanese one; `locl` turns it Chinese where the text's language is zh.
        font = TTFont(source / f"NotoSansCJK-{style}.ttc", fontNumber=0, recalcTimestamp=False)
        cut(
            font,
            ",".join(f"U+{c:04X}" for c in sorted(cjk_characters())),
            ["vert", "vrt2", "vkna", "hkna", "ruby", "fwid", "hwid", "pwid", "aalt", "halt", "vhal", "vpal", "ital"],
            target / f"RectoCJK-{style}.otf",
            ("Recto CJK", style),
        )
    # The package has the copyright in the face and the licence's text elsewhere: put both into one file, as the OFL asks.
    notice = font["name"].getDebugName(0).removeprefix("©").strip()
    _, _, text = (npm_package(work, "noto-emoji") / "LICENSE_FONT").read_text(encoding="utf-8").partition("\n")
    (target / "OFL.txt").write_text(f"Copyright {notice}\n{text}", encoding="utf-8")


# What the layouts count on: folder → (family, {file: (weight, italic)}, features of the upright faces, characters).
LATIN = "ÄäÖöÜüßẞéèêëàâçîïôùûÿœæñ¿¡ãõáíóúìòąćęłńóśźż«»„“”‘’‚‹›–—…"
CYRILLIC = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя№"
GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρστυφχψωςάέήίόύώ"
PROMISES = {
    "recto-serif": (
        "Recto Serif",
        {
            "RectoSerif-Regular.otf": (400, False),
            "RectoSerif-It.otf": (400, True),
            "RectoSerif-Semibold.otf": (600, False),
            "RectoSerif-Bold.otf": (700, False),
            "RectoSerif-BoldIt.otf": (700, True),
        },
        {"smcp", "c2sc", "tnum", "onum", "lnum", "pnum", "case", "frac"},
        LATIN + CYRILLIC + GREEK,
    ),
    "recto-sans": (
        "Recto Sans",
        {
            "RectoSans-Regular.otf": (400, False),
            "RectoSans-It.otf": (400, True),
            "RectoSans-Semibold.otf": (600, False),
            "RectoSans-Bold.otf": (700, False),
            "RectoSans-BoldIt.otf": (700, True),
        },
        # Its default figures are tabular and lining already; `pnum` makes them proportional.
        {"smcp", "c2sc", "onum", "pnum", "case", "frac"},
        LATIN + CYRILLIC + GREEK + "→⇒☐✓✔✗✘",
    ),
    "jetbrains-mono": (
        "JetBrains Mono",
        {
            "JetBrainsMono-Regular.ttf": (400, False),
            "JetBrainsMono-Italic.ttf": (400, True),
            "JetBrainsMono-Bold.ttf": (700, False),
        },
        {"zero"},
        LATIN + CYRILLIC + GREEK + "→─│┌┐└┘├┤┬┴┼═║╔╗╚╝█▓▒░≠≤≥λ",
    ),
    "noto-emoji": ("Noto Emoji", {"NotoEmoji-Regular.ttf": (400, False)}, set(), "⭐✔🚀💡🔥📌❓❗⚠✅❌🎯🧠📝🐍🔒⏰"),
    "noto-sans-symbols": ("Noto Sans Symbols", {"NotoSansSymbols-Regular.ttf": (400, False)}, set(), "①⑳❶❿ⒶⓏ⎋"),
    "noto-sans-symbols-2": (
        "Noto Sans Symbols 2",
        {"NotoSansSymbols2-Regular.ttf": (400, False)},
        set(),
        "☐☑☒✎✏✂✓✔✗✘★☆●○◆◇■□▲▶▼◀☞☛❧❦⏎␣⌘⌥⌨⠿",
    ),
    "stix-two-math": (
        "STIX Two Math",
        {"STIXTwoMath-Regular.ttf": (400, False)},
        set(),
        "→←↔⇒⇐⇔↦⟶⟹↵∀∃∈∉∑∏∫√∞≈≠≤≥⊂⊆∩∪∅∧∨¬⊕⊢⊨∎ℝℕℤ𝑥𝛼",
    ),
    "recto-cjk": (
        "Recto CJK",
        {"RectoCJK-Regular.otf": (400, False), "RectoCJK-Bold.otf": (700, False)},
        {"locl"},
        None,
    ),
}


def check(folders):
    """Holds `folders` against PROMISES; returns what is wrong, one line each."""
    wrong = []
    for folder in folders:
        family, faces, features, characters = PROMISES[folder]
        licence = FONTS / folder / "OFL.txt"
        if not licence.is_file() or "SIL OPEN FONT LICENSE" not in licence.read_text(encoding="utf-8").upper():
            wrong.append(f"{folder}: no licence")
        elif not licence.read_text(encoding="utf-8").lstrip("\ufeff").startswith("Copyright"):
            wrong.append(f"{folder}: the licence does not open with the copyright line")
        on_disk = {p.name for p in (FONTS / folder).glob("*.[ot]tf")}
        if on_disk != set(faces):
            wrong.append(f"{folder}: holds {sorted(on_disk)}")
        wanted = cjk_characters() if characters is None else {ord(c) for c in characters}
        for file, (weight, italic) in faces.items():
            path = FONTS / folder / file
            if not path.is_file():
                continue
            font = TTFont(path, lazy=True)
            name = font["name"]
            shown = name.getDebugName(16) or name.getDebugName(1)
            if shown != family:
                wrong.append(f"{file}: its family is {shown!r}")
            if font["OS/2"].usWeightClass != weight:
                wrong.append(f"{file}: its weight is {font['OS/2'].usWeightClass}")
            if bool(font["OS/2"].fsSelection & 1) != italic:
                wrong.append(f"{file}: its italic bit is wrong")
            if "fvar" in font:
                wrong.append(f"{file}: is variable")
            tags = {r.FeatureTag for r in font["GSUB"].table.FeatureList.FeatureRecord} if "GSUB" in font else set()
            lacking = (features - {"smcp", "c2sc"} if italic else features) - tags
            if lacking:
                wrong.append(f"{file}: lacks the features {sorted(lacking)}")
            dropped = tags & set(SUBSETS.get(folder, {}).get("drop", []))
            if dropped:
                wrong.append(f"{file}: still has the features {sorted(dropped)}")
            if folder == "stix-two-math" and "MATH" not in font:
                wrong.append(f"{file}: has no MATH table")
            missing = wanted - set(font.getBestCmap())
            if missing:
                wrong.append(f"{file}: lacks {''.join(map(chr, sorted(missing)))}")
    total = sum(p.stat().st_size for p in FONTS.glob("*/*.[ot]tf"))
    cjk_size = sum(p.stat().st_size for p in (FONTS / "recto-cjk").glob("*.otf"))
    if cjk_size > CJK_BUDGET:
        wrong.append(f"recto-cjk: {cjk_size} bytes, more than {CJK_BUDGET}")
    if total > BUDGET:
        wrong.append(f"{total} bytes in all, more than {BUDGET}")
    print(f"{total:,} bytes in all, {cjk_size:,} of them CJK")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, help="keep the packages here between runs")
    parser.add_argument("--only", nargs="*", default=list(PROMISES), choices=list(PROMISES), metavar="FOLDER")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.check:
        with tempfile.TemporaryDirectory() as temporary:
            work = (options.work or pathlib.Path(temporary)).resolve()
            work.mkdir(parents=True, exist_ok=True)
            for folder in options.only:
                print(f"making {folder}")
                if folder in REKERNED:
                    rekerned(work, folder)
                elif folder == "recto-cjk":
                    cjk(work)
                else:
                    subsetted(work, folder)
    wrong = check(options.only)
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
