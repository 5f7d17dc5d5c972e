//! `Mind map.canvas`, JSON Canvas 1.0: the pack in the middle, chapters to both sides, their sections, their concepts.
//!
//! Every node has a band of its own in its column, so none lies on another.

use serde_json::{Value, json};

use super::names::Names;
use crate::emit::export::Source;
use crate::emit::export::markdown::{Dialect, escape};

const WIDTH: i64 = 300;
const HEIGHT: i64 = 60;
/// Between columns, and between nodes, sections and chapters.
const COLUMN: i64 = 420;
const GAP: i64 = 20;
const SECTION_GAP: i64 = 40;
const CHAPTER_GAP: i64 = 100;

/// A node with what hangs on it.
struct Branch {
    id: String,
    /// `file` or `text`, and what it holds.
    kind: &'static str,
    holds: String,
    colour: Option<String>,
    /// Column, from 1.
    depth: i64,
    gap: i64,
    children: Vec<Branch>,
}

impl Branch {
    /// Height of the band.
    fn band(&self) -> i64 {
        let children: i64 = self.children.iter().map(Self::band).sum();
        let gaps: i64 = self.children.iter().skip(1).map(|c| c.gap).sum();
        (children + gaps).max(HEIGHT)
    }
}

pub fn canvas(source: &Source<'_>, names: &Names) -> String {
    let chapters = chapters(source, names);
    let all: i64 = chapters.iter().map(Branch::band).sum();
    let mut drawing = Drawing { nodes: Vec::new(), edges: Vec::new() };
    drawing.node("pack", "text", &format!("# {}", text(&source.pack.title)), None, -WIDTH / 2, -HEIGHT);
    // The first half to the right, the rest to the left.
    let mut sides: [Vec<&Branch>; 2] = [Vec::new(), Vec::new()];
    let mut before = 0;
    for chapter in &chapters {
        let side = usize::from(before * 2 >= all && before > 0);
        before += chapter.band();
        sides[side].push(chapter);
    }
    for (branches, right) in sides.iter().zip([true, false]) {
        let gaps = CHAPTER_GAP * i64::try_from(branches.len().saturating_sub(1)).unwrap_or(0);
        let band: i64 = branches.iter().map(|b| b.band()).sum::<i64>() + gaps;
        let mut top = -band / 2;
        for branch in branches {
            drawing.branch(branch, "pack", top, right);
            top += branch.band() + CHAPTER_GAP;
        }
    }
    let canvas = json!({"nodes": drawing.nodes, "edges": drawing.edges});
    let mut text = serde_json::to_string_pretty(&canvas).unwrap_or_default();
    text.push('\n');
    text
}

fn chapters(source: &Source<'_>, names: &Names) -> Vec<Branch> {
    let mut out = Vec::new();
    for (i, chapter) in source.chapters() {
        let mut children = Vec::new();
        for (s, section) in chapter.sections.iter().enumerate() {
            let concepts: Vec<Branch> = source
                .concepts_of(i)
                .filter(|(_, c)| c.section == s)
                .map(|(no, concept)| {
                    let path = names.concept_path(source, no);
                    Branch {
                        id: format!("concept-{}", no.0),
                        kind: if path.is_some() { "file" } else { "text" },
                        holds: path.unwrap_or_else(|| text(&concept.name)),
                        colour: None,
                        depth: 3,
                        gap: GAP,
                        children: Vec::new(),
                    }
                })
                .collect();
            match &section.title {
                Some(title) if !concepts.is_empty() => children.push(Branch {
                    id: format!("section-{}-{s}", chapter.number),
                    kind: "text",
                    holds: text(&title.plain),
                    colour: None,
                    depth: 2,
                    gap: SECTION_GAP,
                    children: concepts,
                }),
                _ => children.extend(concepts),
            }
        }
        out.push(Branch {
            id: format!("chapter-{}", chapter.number),
            kind: "file",
            holds: names.path(chapter.file).unwrap_or_default().to_owned(),
            colour: Some((i % 6 + 1).to_string()),
            depth: 1,
            gap: CHAPTER_GAP,
            children,
        });
    }
    out
}

/// Text nodes are Markdown.
fn text(text: &str) -> String {
    escape(text, Dialect::Obsidian)
}

struct Drawing {
    nodes: Vec<Value>,
    edges: Vec<Value>,
}

impl Drawing {
    fn node(&mut self, id: &str, kind: &str, holds: &str, colour: Option<&str>, x: i64, y: i64) {
        let mut node = json!({
            "id": id, "type": kind, kind: holds, "x": x, "y": y, "width": WIDTH, "height": HEIGHT,
        });
        if let Some(colour) = colour {
            node["color"] = json!(colour);
        }
        self.nodes.push(node);
    }

    fn branch(&mut self, branch: &Branch, parent: &str, top: i64, right: bool) {
        let x = if right { branch.depth * COLUMN - WIDTH / 2 } else { -branch.depth * COLUMN - WIDTH / 2 };
        let y = top + (branch.band() - HEIGHT) / 2;
        self.node(&branch.id, branch.kind, &branch.holds, branch.colour.as_deref(), x, y);
        let (from, to) = if right { ("right", "left") } else { ("left", "right") };
        self.edges.push(json!({
            "id": format!("to-{}", branch.id), "fromNode": parent, "fromSide": from, "toNode": branch.id,
            "toSide": to, "toEnd": "none",
        }));
        let mut top = top;
        for (i, child) in branch.children.iter().enumerate() {
            if i > 0 {
                top += child.gap;
            }
            self.branch(child, &branch.id, top, right);
            top += child.band();
        }
    }
}
