use serde_json::Value;

use crate::emit::export::{Export, Kind, export, testing};
use crate::pack::{Lock, Pack, SectionItem, Text};
use crate::vault::{OpenOptions, Vault};

/// The exported vault, read again.
fn again(made: &Export) -> (Vault, Pack) {
    let texts = made.files.iter().filter_map(|(path, bytes)| {
        let path = path.split_once('/')?.1.to_owned();
        Some((path, String::from_utf8(bytes.clone()).ok()?))
    });
    let (vault, findings) = Vault::from_texts(texts);
    assert_eq!(crate::pack::testing::said(&findings), [""; 0]);
    let (mut pack, findings) = crate::pack::build(&vault);
    let bad: Vec<String> = crate::pack::testing::said(&findings)
        .into_iter()
        .filter(|f| f.starts_with("alias-link") || f.starts_with("dead-link") || f.starts_with("config"))
        .collect();
    assert_eq!(bad, [""; 0]);
    let lock = vault.find("recto.lock").and_then(|no| vault.file(no)).and_then(|f| f.text()).unwrap();
    let lock = Lock::parse(lock).unwrap();
    let (next, _) = crate::pack::assign(&mut pack, Some(&lock), jiff::civil::date(2027, 1, 1));
    assert_eq!(next.to_text(), lock.to_text(), "every card is known again");
    (vault, pack)
}

/// All that a pack says, as lines; what only says in which file it stands is left out.
fn model(pack: &Pack) -> Vec<String> {
    let text = |t: &Text| t.plain.clone();
    let some = |t: &Option<Text>| t.as_ref().map(text);
    let mut out = vec![format!(
        "{} {:?} {:?} {} {}",
        pack.title, pack.subtitle, pack.authors, pack.language, pack.date
    )];
    for c in &pack.chapters {
        out.push(format!("chapter {} {} {} {}", c.number, c.prefix, c.title, c.slug));
        out.push(format!("{:?} {:?}", some(&c.intro), some(&c.review)));
        for s in &c.sections {
            out.push(format!("section {} {:?}", s.number, some(&s.title)));
            for item in &s.items {
                out.push(match item {
                    SectionItem::Prose(prose) => format!("prose {}", prose.plain),
                    SectionItem::Table(t) => {
                        format!("table {:?} {:?}", t.head.iter().map(text).collect::<Vec<_>>(), t.rows)
                    }
                });
            }
        }
    }
    for c in &pack.concepts {
        out.push(format!(
            "concept {} {} {:?} {:?} {:?} {} {:?} {:?} {:?} {} {:?} {:?}",
            c.id,
            c.name,
            c.badge,
            c.aliases,
            c.tags,
            c.priority,
            c.since,
            c.verified,
            c.sources,
            c.number,
            c.see_also,
            c.mentioned_by
        ));
        out.push(c.brief.plain.clone());
        out.extend(c.extra.iter().map(|(head, cell)| format!("{}: {}", head.plain, cell.plain)));
        for p in &c.parts {
            out.push(format!("{:?} {:?} {} {:?}", p.kind, some(&p.heading), p.body.plain, some(&p.solution)));
        }
    }
    for c in &pack.cards {
        out.push(format!(
            "card {} {} {:?} {:?} {:?} {}",
            c.code,
            c.id,
            c.concept,
            c.kind,
            some(&c.front),
            c.back.plain
        ));
    }
    out.extend(pack.index.iter().map(|i| format!("index {i:?}")));
    out
}

fn equal(one: &Pack, two: &Pack) {
    for (a, b) in model(one).iter().zip(&model(two)) {
        assert_eq!(a, b);
    }
    assert_eq!(model(one).len(), model(two).len());
}

/// A vault in which nothing is where Obsidian would look for it.
fn messy() -> (Vault, Pack, Lock) {
    testing::pack(&[
        ("recto.yaml", "title: Mess\nauthors: [A, B]\nchapters:\n  - deep/*.md\nignore: [drafts]\n"),
        (
            "deep/1 One.md",
            "---\ncode: ON\n---\n# One\n\nIntro to [[deep/2 Two]] and [[Nothing Here]].\n\n## S\n\n\
             |Concept|Brief|More|\n|---|---|---|\n|**[[x/Alpha]]** ⭐ NEW|Brief with [[Beta one]].|m|\n|Plain **name**|No note, see [[Gamma / Delta]].|\n\
             |**Bold**|b|\n|[[Beta\\|B]]|c|\n|[[Gamma / Delta ⭐ NEW]]|d|\n|[[Alpha#Sub]]|heading|\n",
        ),
        (
            "deep/2 Two.md",
            "# Two\n\n|Term|Brief|\n|---|---|\n|[[y/Alpha]]|The other, see [[Alpha]].|\n|Alpha|Third|\n\n## Review\n\n[link](../x/Alpha.md#Sub) ![p](../pics/a%20b.png \"cap\") ![[a b.png|300]]\n",
        ),
        (
            "x/Alpha.md",
            "---\naliases: [First]\ntags: [t]\npriority: 1\n---\n# The Alpha\n\n## Explanation\n\nSee [[Beta]], [[Bee]], [[loose]], [[Plain name]], [[#Sub]], [[y/Alpha|other]].\n\n### Sub\n\nx\n\n## Cards\n\nWhat [[Bee]] is :: a b\n\nA ==gap== here and ==there==.\n",
        ),
        ("y/Alpha.md", "# Second Alpha\n\n## See also\n\n[[x/Alpha]] [[Bold]]\n"),
        (
            "Beta.md",
            "---\nalias: Bee\naliases:\n  - Beta one\ntag: sea\nchapter: mine\n---\n## Explanation\n\nText %%no%% [[Mess]].\n",
        ),
        ("loose.md", "# Loose\n\n[[x/Alpha]] and [[Nothing Here]].\n"),
        ("lonely.md", "# Lonely\n"),
        ("pics/a b.png", "not really a picture"),
    ])
}

#[test]
fn the_vault_is_the_same_pack() {
    for pack in [messy(), testing::hostile()] {
        let made = testing::all(Kind::Obsidian, &pack);
        let (_, read) = again(&made);
        equal(&pack.1, &read);
        assert_eq!((made.concepts, made.cards), (read.concepts.len(), read.cards.len()));
        // Exported again it is the same, too.
        let texts = made
            .files
            .iter()
            .map(|(p, b)| (p.split_once('/').unwrap().1.to_owned(), String::from_utf8(b.clone()).unwrap()));
        let (vault, _) = Vault::from_texts(texts);
        let twice =
            export(Kind::Obsidian, &crate::emit::export::Source::new(&vault, &read, &pack.2, None)).unwrap();
        let (_, read) = again(&twice);
        equal(&pack.1, &read);
    }
}

#[test]
fn the_shipped_pack_too() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/content"));
    let (vault, _) = Vault::open(root, &OpenOptions::default()).unwrap();
    let (mut pack, _) = crate::pack::build(&vault);
    let lock = Lock::parse(&std::fs::read_to_string(root.join("recto.lock")).unwrap()).unwrap();
    let (lock, _) = crate::pack::assign(&mut pack, Some(&lock), jiff::civil::date(2026, 11, 20));
    let made = testing::all(Kind::Obsidian, &(vault, pack.clone(), lock));
    let (vault, read) = again(&made);
    equal(&pack, &read);
    assert!(vault.find("concepts/Duck Typing.md").is_some());
}

#[test]
fn every_link_has_a_note() {
    let made = testing::all(Kind::Obsidian, &messy());
    let paths: Vec<&str> = made.files.iter().map(|(p, _)| p.as_str()).collect();
    for path in [
        "Mess/Mess.md",
        "Mess/Concepts.base",
        "Mess/Mind map.canvas",
        "Mess/1 One.md",
        "Mess/concepts/Alpha.md",
        "Mess/concepts/Second Alpha.md",
        "Mess/concepts/Plain name.md",
        "Mess/concepts/Gamma - Delta.md",
        "Mess/stubs/Nothing Here.md",
        "Mess/notes/loose.md",
        "Mess/assets/a b.png",
        "Mess/recto.lock",
    ] {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
    assert!(!paths.contains(&"Mess/notes/lonely.md"));
    assert!(made.losses.iter().any(|l| l.what.contains("nothing in the pack leads")));
    let chapter = testing::text(&made, "Mess/1 One.md");
    assert!(chapter.contains("|**[[Alpha\\|The Alpha]]** ⭐ NEW|"), "{chapter}");
    assert!(chapter.contains("|[[Gamma - Delta\\|Gamma / Delta ⭐ NEW]]|"), "{chapter}");
    let stub = testing::text(&made, "Mess/concepts/Gamma - Delta.md");
    assert!(stub.starts_with("---\ntitle: \"Gamma / Delta\"\nid: "), "{stub}");
    let beta = testing::text(&made, "Mess/concepts/Beta.md");
    assert!(beta.contains("aliases: [\"Bee\", \"Beta one\"") && beta.contains("tags: [\"sea\"]"), "{beta}");
    assert!(beta.contains("chapter: mine") && !beta.contains("alias:") && !beta.contains("tag:"), "{beta}");
    serde_yaml::from_str::<serde_yaml::Value>(&testing::text(&made, "Mess/Concepts.base")).unwrap();
    // As Obsidian follows links: by name alone, every name once.
    let stems: Vec<&str> = paths.iter().filter_map(|p| p.rsplit('/').next()).collect();
    let mut once = stems.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), stems.len());
}

#[test]
fn a_selection_leaves_stubs_where_it_cuts() {
    let made = testing::some(Kind::Obsidian, &messy(), &[0, 3]);
    let (vault, read) = again_unlocked(&made);
    assert_eq!(read.concepts.len(), 2);
    assert_eq!(read.chapters.len(), 1);
    assert!(
        vault.find("stubs/Gamma - Delta.md").is_some() || vault.find("concepts/Gamma - Delta.md").is_none()
    );
}

fn again_unlocked(made: &Export) -> (Vault, Pack) {
    let texts = made
        .files
        .iter()
        .map(|(p, b)| (p.split_once('/').unwrap().1.to_owned(), String::from_utf8(b.clone()).unwrap()));
    let (vault, _) = Vault::from_texts(texts);
    let (pack, _) = crate::pack::build(&vault);
    (vault, pack)
}

#[test]
fn the_mind_map_is_json_canvas_without_overlaps() {
    for pack in [messy(), testing::hostile(), wide()] {
        let made = testing::all(Kind::Obsidian, &pack);
        let (path, bytes) = made.files.iter().find(|(p, _)| p.ends_with(".canvas")).unwrap();
        let root = path.split_once('/').unwrap().0;
        let canvas: Value = serde_json::from_slice(bytes).unwrap();
        let nodes = canvas["nodes"].as_array().unwrap();
        let mut ids = std::collections::BTreeSet::new();
        let mut boxes: Vec<(i64, i64, i64, i64)> = Vec::new();
        for node in nodes {
            assert!(ids.insert(node["id"].as_str().unwrap()));
            let number = |key: &str| node[key].as_i64().unwrap();
            boxes.push((number("x"), number("y"), number("width"), number("height")));
            match node["type"].as_str().unwrap() {
                "text" => assert!(node["text"].is_string()),
                "file" => {
                    let file = format!("{root}/{}", node["file"].as_str().unwrap());
                    assert!(made.files.iter().any(|(p, _)| *p == file), "{file}");
                }
                other => panic!("{other}"),
            }
            if let Some(colour) = node.get("color") {
                assert!(("1"..="6").contains(&colour.as_str().unwrap()));
            }
        }
        for (i, a) in boxes.iter().enumerate() {
            assert!(a.2 > 0 && a.3 > 0);
            for b in boxes.iter().skip(i + 1) {
                let apart = a.0 + a.2 <= b.0 || b.0 + b.2 <= a.0 || a.1 + a.3 <= b.1 || b.1 + b.3 <= a.1;
                assert!(apart, "{a:?} {b:?}");
            }
        }
        for edge in canvas["edges"].as_array().unwrap() {
            assert!(
                ids.contains(edge["fromNode"].as_str().unwrap())
                    && ids.contains(edge["toNode"].as_str().unwrap())
            );
            for side in ["fromSide", "toSide"] {
                assert!(["top", "right", "bottom", "left"].contains(&edge[side].as_str().unwrap()));
            }
        }
        let concepts = nodes.iter().filter(|n| n["id"].as_str().unwrap().starts_with("concept-")).count();
        assert_eq!(concepts, pack.1.concepts.len());
    }
}

/// Five chapters of unlike size.
fn wide() -> (Vault, Pack, Lock) {
    let chapters: Vec<(String, String)> = (1..6)
        .map(|i| {
            let mut text = format!("# C{i}\n\n");
            for s in 0..i {
                text.push_str(&format!("## S{s}\n\n|Concept|B|\n|---|---|\n"));
                (0..i * 2).for_each(|k| text.push_str(&format!("|K{i}x{s}x{k}|b|\n")));
                text.push('\n');
            }
            (format!("{i} C.md"), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = chapters.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    testing::pack(&files)
}
