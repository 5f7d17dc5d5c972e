//! PDF/UA's structure, checked again from the file: what Typst's validator promises, a reader of the file finds.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::shipped::SHIPPED;

/// What the tree of tags holds, collected in reading order.
#[derive(Default)]
pub struct Tree {
    /// Levels of headings.
    headings: Vec<u32>,
    /// Per page: the numbers of the marked content that some element holds.
    held: BTreeMap<ObjectId, BTreeSet<i64>>,
    /// Annotations that some link holds.
    annotations: BTreeSet<ObjectId>,
    elements: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

fn resolved<'a>(document: &'a Document, object: &'a Object) -> &'a Object {
    match object {
        Object::Reference(id) => document.get_object(*id).expect("an object"),
        object => object,
    }
}

fn dict<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Dictionary> {
    resolved(document, object).as_dict().ok()
}

fn name(dict: &Dictionary, key: &[u8]) -> String {
    dict.get(key)
        .and_then(Object::as_name)
        .map(|n| String::from_utf8_lossy(n).into_owned())
        .unwrap_or_default()
}

impl Tree {
    fn read(document: &Document) -> Self {
        let mut tree = Self::default();
        let root = document.catalog().and_then(|c| c.get(b"StructTreeRoot")).expect("a tree of tags");
        tree.walk(document, dict(document, root).expect("a root"), "", None);
        tree
    }

    fn walk(&mut self, document: &Document, element: &Dictionary, parent: &str, page: Option<ObjectId>) {
        let kind = name(element, b"S");
        let page = element.get(b"Pg").and_then(Object::as_reference).ok().or(page);
        *self.elements.entry(kind.clone()).or_default() += 1;
        let mut wrong = |what: String| self.wrong.push(what);
        let text = |key: &[u8]| {
            element.get(key).is_ok_and(|o| resolved(document, o).as_str().is_ok_and(|s| !s.is_empty()))
        };
        match kind.as_str() {
            "Figure" | "Formula" if !text(b"Alt") => wrong(format!("a {kind} says nothing")),
            "TR" if !["Table", "THead", "TBody", "TFoot"].contains(&parent) => {
                wrong(format!("TR in {parent}"))
            }
            "TH" | "TD" if parent != "TR" => wrong(format!("{kind} in {parent}")),
            "LI" if parent != "L" => wrong(format!("LI in {parent}")),
            "Lbl" | "LBody" if parent != "LI" && kind == "LBody" => wrong(format!("LBody in {parent}")),
            _ => {}
        }
        if kind == "TH" {
            let attributes = element.get(b"A").map(|a| resolved(document, a));
            let scoped = |o: &Object| dict(document, o).is_some_and(|d| d.has(b"Scope"));
            let scope = match attributes {
                Ok(Object::Array(list)) => list.iter().any(scoped),
                Ok(object) => scoped(object),
                Err(_) => false,
            };
            if !scope {
                self.wrong.push("a TH without a scope".into());
            }
        }
        if let Some(level) = kind.strip_prefix('H').and_then(|level| level.parse().ok()) {
            self.headings.push(level);
        }
        let Ok(kids) = element.get(b"K").map(|k| resolved(document, k)) else { return };
        let kids: &[Object] = match kids {
            Object::Array(list) => list,
            one => std::slice::from_ref(one),
        };
        for kid in kids {
            match resolved(document, kid) {
                Object::Integer(id) => self.hold(page, *id),
                Object::Dictionary(kid) => match name(kid, b"Type").as_str() {
                    "MCR" => {
                        let page = kid.get(b"Pg").and_then(Object::as_reference).ok().or(page);
                        self.hold(page, kid.get(b"MCID").and_then(Object::as_i64).expect("a number"));
                    }
                    "OBJR" => {
                        let object = kid.get(b"Obj").and_then(Object::as_reference).expect("an object");
                        self.annotations.insert(object);
                        if kind != "Link" {
                            self.wrong.push(format!("an annotation in {kind}"));
                        }
                    }
                    _ => self.walk(document, kid, &kind, page),
                },
                other => self.wrong.push(format!("{other:?} in {kind}")),
            }
        }
    }

    fn hold(&mut self, page: Option<ObjectId>, id: i64) {
        let held = self.held.entry(page.expect("a page")).or_default();
        if !held.insert(id) {
            self.wrong.push(format!("marked content {id} is held twice"));
        }
    }
}

/// The numbers of marked content on a page; says where something is drawn outside of all.
fn marked(document: &Document, page: ObjectId, wrong: &mut Vec<String>) -> BTreeSet<i64> {
    let content = document.get_and_decode_page_content(page).expect("content");
    let properties = document
        .get_page_resources(page)
        .ok()
        .and_then(|(own, _)| own.cloned())
        .and_then(|r| r.get(b"Properties").ok().and_then(|p| dict(document, p).cloned()));
    let mut open: Vec<bool> = Vec::new();
    let mut ids = BTreeSet::new();
    for op in &content.operations {
        match op.operator.as_str() {
            "BMC" => open.push(op.operands[0].as_name().is_ok_and(|n| n == b"Artifact")),
            "BDC" => {
                let own = match &op.operands[1] {
                    Object::Name(n) => {
                        properties.as_ref().and_then(|p| dict(document, p.get(n).ok()?).cloned())
                    }
                    object => object.as_dict().ok().cloned(),
                };
                let id = own.and_then(|d| d.get(b"MCID").and_then(Object::as_i64).ok());
                ids.extend(id);
                let artifact = op.operands[0].as_name().is_ok_and(|n| n == b"Artifact");
                open.push(artifact || id.is_some());
            }
            "EMC" => assert!(open.pop().is_some(), "an end without a beginning"),
            "Tj" | "TJ" | "'" | "\"" | "f" | "F" | "f*" | "S" | "s" | "B" | "b" | "B*" | "b*" | "sh"
            | "Do"
                if !open.contains(&true) =>
            {
                wrong.push(format!("{} outside of marked content", op.operator));
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "marked content without an end");
    ids
}

/// Everything drawn is in an element or an artifact; every element's content is there; headings skip no level; figures and
/// formulas have words; tables, lists and links are made as the standard asks.
/// What claims the standard shows its title as well.
pub fn check(bytes: &[u8], claims: bool) -> Tree {
    let document = Document::load_mem(bytes).expect("a PDF that parses");
    let catalog = document.catalog().expect("a catalogue");
    assert!(catalog.get(b"Lang").is_ok_and(|l| l.as_str().is_ok_and(|l| !l.is_empty())), "a language");
    if claims {
        let preferences =
            dict(&document, catalog.get(b"ViewerPreferences").expect("preferences")).expect("a dictionary");
        assert!(
            preferences.get(b"DisplayDocTitle").is_ok_and(|d| d.as_bool().is_ok_and(|d| d)),
            "shows its title"
        );
    }
    let info = dict(&document, catalog.get(b"MarkInfo").expect("said to be tagged")).expect("a dictionary");
    assert!(info.get(b"Marked").is_ok_and(|m| m.as_bool().is_ok_and(|m| m)));
    let mut tree = Tree::read(&document);
    let mut wrong = std::mem::take(&mut tree.wrong);
    for (number, page) in document.get_pages() {
        let found = marked(&document, page, &mut wrong);
        let held = tree.held.get(&page).cloned().unwrap_or_default();
        if found != held {
            let differ: Vec<_> = found.symmetric_difference(&held).collect();
            wrong.push(format!("page {number}: marked content {differ:?} is in the page or the tree alone"));
        }
        let annotations = document.get_dictionary(page).ok().and_then(|d| d.get(b"Annots").ok());
        let Some(annotations) = annotations.and_then(|a| resolved(&document, a).as_array().ok()) else {
            continue;
        };
        for annotation in annotations {
            let own = dict(&document, annotation).expect("an annotation");
            let known = annotation.as_reference().is_ok_and(|id| tree.annotations.contains(&id));
            if !known || !own.has(b"StructParent") || !own.has(b"Contents") {
                wrong.push(format!("page {number}: an annotation that no link holds, or that says nothing"));
            }
        }
    }
    let mut last = 0;
    for level in &tree.headings {
        if *level > last + 1 {
            wrong.push(format!("a heading of level {level} behind one of level {last}"));
        }
        last = *level;
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} things: {:#?}", wrong.len(), &wrong[..wrong.len().min(12)]);
    tree
}

#[test]
fn the_handbook_keeps_the_rules_of_accessible_documents() {
    let tree = check(&SHIPPED.folder.bytes("out/handbook.pdf"), true);
    let count = |kind: &str| tree.elements.get(kind).copied().unwrap_or_default();
    assert!(tree.headings.len() > SHIPPED.pack.concepts.len() && tree.headings[0] == 1);
    assert!(count("Figure") > 30 && count("Table") > 20 && count("L") >= 5 && count("Link") > 1000);
}

#[test]
fn cheatsheets_keep_them_too() {
    for file in SHIPPED.folder.files("out/cheatsheets") {
        let tree = check(&SHIPPED.folder.bytes(&format!("out/cheatsheets/{file}")), false);
        assert_eq!(tree.headings.iter().filter(|level| **level == 1).count(), 1, "{file}: one title");
    }
}

#[test]
fn the_torture_pack_keeps_them_in_every_shape() {
    let folder = crate::awkward::torture();
    for more in [&[][..], &["--variant", "booklet"], &["--theme", "large", "--edition", "teacher"]] {
        folder.recto(&[&["build", "pack", "handbook", "--out", "out"], more].concat()).ends(0);
        check(&folder.bytes("out/handbook.pdf"), true);
    }
}
