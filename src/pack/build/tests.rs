//! Small vaults of the shapes that authors write.

use super::build;
use crate::pack::testing::{fixture, said};
use crate::pack::*;
use crate::vault::Finding;

fn built(files: &[(&str, &str)]) -> (Pack, Vec<Finding>) {
    build(&fixture(files).vault)
}

fn names(pack: &Pack) -> Vec<&str> {
    pack.concepts.iter().map(|c| c.name.as_str()).collect()
}

fn numbers(pack: &Pack) -> Vec<&str> {
    pack.concepts.iter().map(|c| c.number.as_str()).collect()
}

/// A chat export in the shape of a course outline: bold headings, bold names, no notes.
const PLAIN: &str = "## **Chapter 1 — Ground Rules**

What every player must know.

|Concept|Brief Description (15–25 words)|
|---|---|
|**Opening (first moves)**|How a game starts, and why the centre counts.|
|**Fork / Pin / Skewer**|Three ways to win material with one move.|
|**Endgame ⭐ NEW**|What remains when most pieces are gone.|

---

## **50-Word Review**

Start well, look for tactics, and know how to finish.

---
";

#[test]
fn a_plain_table_is_a_pack() {
    let (pack, findings) = built(&[("1 Ground.md", PLAIN)]);
    assert_eq!(said(&findings), [""; 0]);
    assert_eq!(pack.chapters.len(), 1);
    let chapter = &pack.chapters[0];
    assert_eq!(
        (chapter.title.as_str(), chapter.slug.as_str(), chapter.prefix.as_str()),
        ("Ground Rules", "ground-rules", "G")
    );
    assert_eq!(chapter.intro.as_ref().unwrap().plain, "What every player must know.");
    assert_eq!(
        chapter.review.as_ref().unwrap().plain,
        "Start well, look for tactics, and know how to finish."
    );
    assert_eq!(chapter.sections.len(), 1);
    assert!(chapter.sections[0].title.is_none());
    assert_eq!(names(&pack), ["Opening (first moves)", "Fork / Pin / Skewer", "Endgame"]);
    assert_eq!(numbers(&pack), ["1.1", "1.2", "1.3"]);
    assert_eq!(pack.concepts[2].badge.as_deref(), Some("⭐ NEW"));
    assert_eq!(pack.concepts[1].id, "fork-pin-skewer");
    assert_eq!(pack.concepts[0].brief.plain, "How a game starts, and why the centre counts.");
    assert_eq!(pack.cards.len(), 3);
    assert!(pack.cards.iter().all(|c| c.kind == CardKind::Row && c.front.is_none()));
    let row = &PLAIN[pack.cards[1].range.clone()];
    assert!(row.starts_with("**Fork") && row.trim_end().ends_with("one move."), "{row}");
    assert_eq!(pack.date.to_string(), "2000-01-01");
}

/// The same in sections, with links.
const LINKED: &str = "# **1. GROUND RULES**

Before the first game.

---

## **Definitions**

Words that all players use.

|Concept|Brief Description|
|---|---|
|**[[Opening]]**|How a game starts.|
|**[[Fork - Pin\\|Fork / Pin]]** ⭐ NEW|Wins material; see [[Opening]].|

More to read below.

## **Endings**

|Concept|Brief Description|Level|
|---|---|---|
|**[[King and Pawn]]**|The smallest ending.|first|
|**[[Rook Endings]]**|The most frequent ending.||
";

const FORK: &str = "---
aliases: [Double attack]
tags: [tactics, flashcards/chess]
priority: 1
since: \"1497\"
verified: 2026-05-04
sources: [\"A book\"]
---
# Fork - Pin

One piece, two targets. ![[board.png|a fork]]

## Explanation

Two threats at once, and [[Opening|openings]] allow for them.

## Exercise

Find the fork.

### Solution

Knight to c7.

## History

Old as the game, see [[King and Pawn]].

## Cards

What does a fork attack? :: Two pieces at once.

Pin ::: A piece that must not move.

A fork by a ==pawn== hurts ==most==.

## See also

[[King and Pawn]], [[Fork - Pin]], [[Double attack]]
";

fn linked() -> (Pack, Vec<Finding>) {
    built(&[
        ("1 Ground.md", LINKED),
        ("notes/Fork - Pin.md", FORK),
        ("notes/Opening.md", "## Explanation\n\nStart with [[Nowhere]].\n"),
        ("assets/board.png", ""),
        ("diary.md", "I link [[Opening]] and have a table.\n\n|Year|Game|\n|---|---|\n|1|2|\n"),
    ])
}

#[test]
fn sections_numbers_and_names() {
    let (pack, _) = linked();
    let chapter = &pack.chapters[0];
    assert_eq!(chapter.title, "Ground Rules");
    let titles: Vec<&str> =
        chapter.sections.iter().map(|s| s.title.as_ref().unwrap().plain.as_str()).collect();
    assert_eq!(titles, ["Definitions", "Endings"]);
    assert_eq!(names(&pack), ["Opening", "Fork / Pin", "King and Pawn", "Rook Endings"]);
    assert_eq!(numbers(&pack), ["1.1.1", "1.1.2", "1.2.1", "1.2.2"]);
    let kinds: Vec<String> = chapter.sections[0]
        .items
        .iter()
        .map(|item| match item {
            SectionItem::Prose(text) => text.plain.clone(),
            SectionItem::Table(table) => format!("{:?}", table.rows),
        })
        .collect();
    assert_eq!(kinds, ["Words that all players use.", "[ConceptNo(0), ConceptNo(1)]", "More to read below."]);
    let SectionItem::Table(table) = &chapter.sections[1].items[0] else { panic!("no table") };
    assert_eq!(
        table.head.iter().map(|t| t.plain.as_str()).collect::<Vec<_>>(),
        ["Concept", "Brief Description", "Level"]
    );
    let extra = &pack.concepts[2].extra;
    assert_eq!((extra.len(), extra[0].0.plain.as_str(), extra[0].1.plain.as_str()), (1, "Level", "first"));
    assert!(pack.concepts[3].extra.is_empty());
}

#[test]
fn what_a_note_says() {
    let (pack, _) = linked();
    let fork = &pack.concepts[1];
    assert_eq!(fork.id, "fork-pin");
    assert_eq!(fork.badge.as_deref(), Some("⭐ NEW"));
    assert_eq!(fork.aliases, ["Double attack"]);
    assert_eq!(fork.tags, ["tactics"]);
    assert_eq!((fork.priority, fork.since.as_deref()), (1, Some("1497")));
    assert_eq!(fork.verified.map(|d| d.to_string()).as_deref(), Some("2026-05-04"));
    assert_eq!(fork.sources, ["A book"]);
    assert_eq!(pack.date.to_string(), "2026-05-04");
    let parts: Vec<(PartKind, &str, &str, Option<&str>)> = fork
        .parts
        .iter()
        .map(|p| {
            let heading = p.heading.as_ref().map_or("", |h| h.plain.as_str());
            (p.kind, heading, p.body.plain.as_str(), p.solution.as_ref().map(|s| s.plain.as_str()))
        })
        .collect();
    assert_eq!(
        parts,
        [
            (PartKind::Lead, "", "One piece, two targets. a fork", None),
            (PartKind::Explanation, "Explanation", "Two threats at once, and openings allow for them.", None),
            (PartKind::Exercise, "Exercise", "Find the fork.", Some("Knight to c7.")),
            (PartKind::Other, "History", "Old as the game, see King and Pawn.", None),
            (PartKind::SeeAlso, "See also", "King and Pawn, Fork - Pin, Double attack", None),
        ]
    );
    assert_eq!(pack.concepts[0].priority, 2);
}

#[test]
fn cards_of_a_concept() {
    let (pack, _) = linked();
    let fork = &pack.concepts[1];
    let cards: Vec<(CardKind, &str, &str)> = fork
        .cards
        .iter()
        .map(|no| &pack.cards[no.0])
        .map(|c| (c.kind, assign::front_text(&pack, c), c.back.plain.as_str()))
        .collect();
    // The tag `flashcards/chess` lets cards stand anywhere.
    assert_eq!(
        cards,
        [
            (CardKind::Row, "Fork / Pin", "Wins material; see Opening."),
            (CardKind::Basic, "What does a fork attack?", "Two pieces at once."),
            (CardKind::Forward, "Pin", "A piece that must not move."),
            (CardKind::Backward, "A piece that must not move.", "Pin"),
            (CardKind::Cloze, "A fork by a […] hurts most.", "A fork by a pawn hurts most."),
            (CardKind::Cloze, "A fork by a pawn hurts […].", "A fork by a pawn hurts most."),
        ]
    );
    for (i, concept) in pack.concepts.iter().enumerate() {
        assert!(concept.cards.iter().all(|no| pack.cards[no.0].concept == ConceptNo(i)));
    }
    let order: Vec<usize> = pack.cards.iter().map(|c| c.concept.0).collect();
    assert!(order.is_sorted());
}

#[test]
fn links_lead_somewhere() {
    let (pack, findings) = linked();
    let to: Vec<(&str, &Target)> = pack.links.iter().map(|l| (l.written.as_str(), &l.to)).collect();
    assert!(to.contains(&("Opening", &Target::Concept(ConceptNo(0)))));
    // No note, but a row: the name is enough.
    assert!(to.contains(&("King and Pawn", &Target::Concept(ConceptNo(2)))));
    assert!(to.contains(&("Nowhere", &Target::Missing)));
    assert!(to.iter().any(|(w, t)| *w == "board.png" && matches!(t, Target::File(_))));
    assert_eq!(pack.concepts[1].see_also, [ConceptNo(2)]);
    assert_eq!(pack.concepts[0].mentioned_by, [ConceptNo(1)]);
    assert_eq!(pack.concepts[2].mentioned_by, [ConceptNo(1)]);
    assert_eq!(
        said(&findings),
        [
            "dead-link: no note and no concept is called “Nowhere”",
            "alias-link: “Double attack” is an alias: Obsidian will not resolve this link",
        ]
    );
    let alias = findings[1].place.clone().unwrap();
    assert_eq!(&FORK[alias.range], "[[Double attack]]");
    assert!(findings[1].hints[0].contains("[[Fork - Pin|Double attack]]"), "{:?}", findings[1].hints);
}

#[test]
fn every_kind_of_broken_link() {
    let chapter = "# One\n\n## Part\n\n|Concept|Brief|\n|---|---|\n|[[A]]|a|\n\nSee [[A#Explanation]], [[A#Nothing]], [[A#^b1]], [[A#^b2]], [[#Part]], [[two]], [[A|self]] and ![[A]].\n\n![[gone.png]] ![x](https://example.org/x.png) ![[talk.mp3]]\n";
    let (pack, findings) = built(&[
        ("1.md", chapter),
        ("A.md", "## Explanation\n\nText. ^b1\n"),
        ("x/two.md", "Loose."),
        ("y/z/two.md", "Loose."),
        ("talk.mp3", ""),
    ]);
    assert_eq!(
        said(&findings),
        [
            "dead-link: A.md has no heading “Nothing”",
            "dead-link: A.md has no block `^b2`",
            "ambiguous-link: “two” could be x/two.md or y/z/two.md; taken is x/two.md",
            "unprinted-link: x/two.md is not printed, so this link leads nowhere on paper",
            "note-embed: the embedded note “A” is printed as a link",
            "missing-image: there is no picture `gone.png` in the vault",
            "remote-image: the picture `https://example.org/x.png` is not in the vault and is left out",
            "note-embed: “talk.mp3” cannot be printed",
        ]
    );
    for finding in &findings {
        let place = finding.place.as_ref().unwrap();
        assert!(chapter[place.range.clone()].contains('['), "{finding:?}");
    }
    assert!(pack.links.iter().any(|l| l.written == "#Part" && l.to == Target::Section(0, 0)));
}

#[test]
fn a_concept_twice() {
    let (pack, findings) = built(&[
        ("1 a.md", "# A\n\n|Concept|Brief|\n|---|---|\n|[[X]]|first|\n|Y|same|\n"),
        (
            "2 b.md",
            "# B\n\n|Concept|Brief|\n|---|---|\n|[[X\\|The X]]|second|\n|Y|same|\n|Y|other|\n|[[Z]]|new|\n",
        ),
        ("X.md", "## Explanation\n\nIt is X.\n"),
    ]);
    assert_eq!(names(&pack), ["X", "Y", "Y", "Z"]);
    let ids: Vec<&str> = pack.concepts.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["x", "y", "y-2", "z"]);
    assert_eq!(numbers(&pack), ["1.1", "1.2", "2.1", "2.2"]);
    assert_eq!(pack.concepts[0].aliases, ["The X"]);
    assert_eq!(pack.concepts[0].brief.plain, "first");
    let SectionItem::Table(table) = &pack.chapters[1].sections[0].items[0] else { panic!("no table") };
    assert_eq!(table.rows, [ConceptNo(0), ConceptNo(1), ConceptNo(2), ConceptNo(3)]);
    assert_eq!(
        said(&findings),
        [
            "duplicate-concept: this concept has a row already: “The X”, first in 1 a.md:5",
            "duplicate-concept: this concept has a row already: “Y”, first in 1 a.md:6",
            "duplicate-concept: two concepts have this name: “Y”, first in 1 a.md:6",
        ]
    );
}

#[test]
fn several_chapters_in_a_note() {
    let second =
        "\n## **Chapter 2 — Tactics**\n\n|Concept|Brief|\n|---|---|\n|**Pin**|A piece that must not move.|\n";
    let (pack, findings) = built(&[("course.md", &format!("{PLAIN}{second}"))]);
    assert_eq!(pack.chapters.len(), 1);
    assert_eq!(numbers(&pack), ["1.0.1", "1.0.2", "1.0.3", "1.1.1"]);
    assert_eq!(said(&findings), ["several-chapters: this note holds 2 chapters"]);
}

#[test]
fn which_notes_are_chapters() {
    let (pack, _) = built(&[
        // A table of contents: its rows lead to chapters.
        ("index.md", "# Start\n\n|Chapter|About|\n|---|---|\n|[[2 Two]]|b|\n|[[10 Ten]]|c|\n"),
        ("2 Two.md", "# Two\n\n|Concept|Brief|\n|---|---|\n|[[A]]|a|\n"),
        ("10 Ten.md", "# Ten\n\n|Topic|Notes|\n|---|---|\n|[[B]]|b|\n"),
        // A concept's note with a table of terms in it.
        ("A.md", "## Explanation\n\n|Term|Meaning|\n|---|---|\n|t|m|\n"),
        ("B.md", "Just text."),
    ]);
    let titles: Vec<&str> = pack.chapters.iter().map(|c| c.title.as_str()).collect();
    assert_eq!(titles, ["Two", "Ten"]);
    assert_eq!(names(&pack), ["A", "B"]);
}

#[test]
fn no_table_at_all() {
    let (pack, findings) = built(&[("a.md", "# Notes\n\nNo table.\n"), ("b.txt", "x")]);
    assert!(pack.concepts.is_empty() && pack.chapters.is_empty());
    assert_eq!(said(&findings), ["no-concepts: no note of this folder holds a concept table"]);
    assert_eq!(findings[0].severity, crate::vault::Severity::Error);
}

#[test]
fn rows_with_holes() {
    let (pack, findings) =
        built(&[("1.md", "# One\n\n|Concept|Brief|\n|---|---|\n||lost|\n|A|a|\n||goes on|\n|||\n|B||\n")]);
    assert_eq!(names(&pack), ["(no name)", "A", "B"]);
    let SectionItem::Table(table) = &pack.chapters[0].sections[0].items[0] else { panic!("no table") };
    assert_eq!(table.rows.iter().map(|c| c.0).collect::<Vec<_>>(), [0, 1, 1, 1, 2]);
    assert_eq!(said(&findings), ["row-without-name: this row of a concept table has no name"; 2]);
    // No brief, no card.
    assert!(pack.concepts[2].cards.is_empty());
}

#[test]
fn one_column_is_enough() {
    let (pack, findings) = built(&[("1.md", "# One\n\n|Concept|\n|---|\n|A|\n|B|\n")]);
    assert!(findings.is_empty());
    assert_eq!(names(&pack), ["A", "B"]);
    assert!(pack.cards.is_empty() && pack.concepts[0].brief.plain.is_empty());
}

#[test]
fn in_another_language() {
    let (pack, findings) = built(&[
        ("recto.yaml", "language: de\nsections: {Hintergrund: explanation}\n"),
        (
            "1 Grundlagen.md",
            "# Kapitel 1: Grundlagen\n\n|Begriff|Kurz|\n|---|---|\n|[[Öffner]]|Löst ein Ereignis aus.|\n\n## Rückblick\n\nKurz gesagt.\n",
        ),
        (
            "Öffner.md",
            "## Hintergrund\n\nWarum.\n\n## Übung\n\nTu es.\n\n> [!success]- Lösung\n> So.\n\n## Karteikarten\n\nWas? :: Das.\n",
        ),
    ]);
    assert_eq!(said(&findings), [""; 0]);
    assert_eq!(pack.chapters[0].title, "Grundlagen");
    assert_eq!(pack.chapters[0].review.as_ref().unwrap().plain, "Kurz gesagt.");
    let parts: Vec<(PartKind, Option<&str>)> = pack.concepts[0]
        .parts
        .iter()
        .map(|p| (p.kind, p.solution.as_ref().map(|s| s.plain.as_str())))
        .collect();
    assert_eq!(parts, [(PartKind::Explanation, None), (PartKind::Exercise, Some("Lösung\nSo."))]);
    assert_eq!(pack.cards.len(), 2);
    assert_eq!(pack.concepts[0].id, "offner");
}

#[test]
fn titles_of_notes() {
    let row = |cell: &str| format!("# C\n\n|Concept|Brief|\n|---|---|\n|{cell}|b|\n");
    let name = |cell: &str, note: &str| {
        let (pack, _) = built(&[("c.md", &row(cell)), ("N.md", note)]);
        (pack.concepts[0].name.clone(), pack.concepts[0].aliases.join(","), pack.concepts[0].parts.len())
    };
    let is = |name: &str, aliases: &str, parts| (name.to_owned(), aliases.to_owned(), parts);
    // A heading of the first rank is the title, and is not printed again.
    assert_eq!(name("[[N]]", "# Long name\n\nText.\n"), is("Long name", "N", 1));
    // What the row shows goes before it.
    assert_eq!(name("[[N\\|Shown]]", "# Long name\n\nText.\n"), is("Shown", "N", 1));
    assert_eq!(name("[[N]]", "---\ntitle: Front\n---\n# N\n\nText.\n"), is("Front", "N", 1));
    // A known section is no title, nor is one of many headings of the first rank.
    assert_eq!(name("[[N]]", "# Explanation\n\nText.\n"), is("N", "", 1));
    assert_eq!(name("[[N]]", "# Background\n\na\n\n# Example\n\nb\n"), is("N", "", 2));
    // Found by its name without a link.
    assert_eq!(name("N", "## Explanation\n\nText.\n"), is("N", "", 1));
}

#[test]
fn cards_in_a_chapter_note() {
    let (pack, findings) = built(&[(
        "1.md",
        "# One\n\n|Concept|Brief|\n|---|---|\n|A|a|\n|B|b|\n\n## Cards\n\nWhat is [[B]]? :: Bee.\n\nLost? :: Yes.\n",
    )]);
    let owners: Vec<usize> = pack.cards.iter().map(|c| c.concept.0).collect();
    assert_eq!(owners, [0, 0, 1, 1]);
    assert_eq!(
        said(&findings),
        ["card-without-concept: this card stands in a chapter note and links to no concept"]
    );
}

#[test]
fn switches_for_cards() {
    let chapter = "# One\n\n|Concept|Brief|\n|---|---|\n|[[A]]|a|\n";
    let count = |yaml: &str, note: &str| {
        let files = [("1.md", chapter), ("A.md", note), ("recto.yaml", yaml)];
        built(&files).0.cards.len()
    };
    let loose = "## Explanation\n\nQ :: A\n\nA ==mark==.\n";
    assert_eq!(count("{}", loose), 1);
    assert_eq!(count("cards: {anywhere: true}", loose), 3);
    assert_eq!(count("cards: {from-rows: false}", loose), 0);
    assert_eq!(count("{}", &format!("---\ntags: [Flashcards]\n---\n{loose}")), 3);
}

#[test]
fn codes_of_chapters() {
    let table = "|Concept|Brief|\n|---|---|\n|X|b|\n";
    let (pack, findings) = built(&[
        ("1.md", &format!("---\ncode: FN\n---\n# Foundations\n\n{table}")),
        ("2.md", &format!("---\ncode: fn\n---\n# Files\n\n{}", table.replace('X', "Y"))),
        ("3.md", &format!("---\ncode: FN\n---\n# Last\n\n{}", table.replace('X', "Z"))),
    ]);
    let prefixes: Vec<(&str, bool)> =
        pack.chapters.iter().map(|c| (c.prefix.as_str(), c.prefix_given)).collect();
    assert_eq!(prefixes, [("FN", true), ("F", false), ("FN", true)]);
    assert_eq!(
        said(&findings),
        [
            "chapter-code: `fn` cannot stand before the hyphen of a card's code",
            "chapter-code: the code `FN` is also that of 1.md",
        ]
    );
}

#[test]
fn ids_of_concepts() {
    let (pack, findings) = built(&[
        ("1.md", "# One\n\n|Concept|Brief|\n|---|---|\n|[[A]]|a|\n|[[B]]|b|\n|[[C]]|c|\n|⭐|d|\n"),
        ("A.md", "Text."),
        ("B.md", "---\nid: a\n---\nText."),
        ("C.md", "---\nid: a\n---\nText."),
    ]);
    let ids: Vec<&str> = pack.concepts.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["a-3", "a", "a-2", "concept"]);
    assert_eq!(said(&findings), ["duplicate-id: the id `a` is that of “B” already"]);
}

#[test]
fn all_the_same_every_time() {
    let (a, b) = (linked(), linked());
    assert_eq!(format!("{:?}", a.0), format!("{:?}", b.0));
    assert_eq!(a.1, b.1);
}
