//! `slug-notion.zip`: pages as Markdown, databases as CSV, laid out as Notion's own export has them: a page beside the
//! folder of its name that holds what is below it, a database beside the folder of its rows' pages.
//!
//! ```text
//! Title.md                    the chapters, and links to the databases
//! Title/01 Chapter.md         introduction, sections with their concepts, review
//! Title/Concepts.csv          a row for each concept
//! Title/Concepts/Name.md      its page
//! Title/Cards.csv             a row for each card
//! Title/assets/…              pictures
//! ```
//!
//! A column that relates rows to rows (`Chapter`, `See also`, `Cards`, `Concept`) holds the titles of the pages, parted by
//! commas: the form in which Notion turns a column of text into a relation. Its importer reads such a column as text.

use std::collections::{BTreeMap, BTreeSet};

use super::csv::table;
use super::markdown::{Dialect, Places, escape, markdown};
use super::source::on_the_web;
use super::{Export, Loss, Source, archive};
use crate::pack::assign::front_text;
use crate::pack::lock::kind_name;
use crate::pack::{Concept, ConceptNo, SectionItem, Target, Text, fold, latin};
use crate::vault::{FileNo, Place, file_name};

/// # Errors
/// The archiver's, or a picture that cannot be read.
pub fn export(source: &Source<'_>) -> Result<Export, String> {
    let mut maker =
        Maker { source, titles: Titles::of(source), pictures: BTreeMap::new(), losses: Vec::new() };
    let root = maker.titles.root.clone();
    let mut files: Vec<(String, Vec<u8>)> = vec![(format!("{root}.md"), maker.home().into_bytes())];
    for (i, _) in source.chapters() {
        let path = format!("{root}/{}.md", maker.titles.chapters[&i]);
        files.push((path, maker.chapter(i).into_bytes()));
    }
    for (no, concept) in source.concepts() {
        let path = format!("{root}/Concepts/{}.md", maker.titles.concepts[&no]);
        files.push((path, maker.page(no, concept).into_bytes()));
    }
    let (concepts, cards) = (maker.concepts(), maker.cards());
    let counts = (concepts.len(), cards.len());
    files.push((format!("{root}/Concepts.csv"), table(&CONCEPTS, concepts)?));
    files.push((format!("{root}/Cards.csv"), table(&CARDS, cards)?));
    for (name, bytes) in maker.pictures.values() {
        files.push((format!("{root}/assets/{name}"), bytes.clone()));
    }
    files.sort();
    let bytes = archive::zip(files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())))?;
    let slug = latin::file_slug(&source.pack.title);
    let slug = if slug.is_empty() { "pack" } else { &slug };
    let mut losses = vec![Loss::new(RELATIONS, None)];
    losses.append(&mut maker.losses);
    Ok(Export {
        files: vec![(format!("{slug}-notion.zip"), bytes)],
        concepts: counts.0,
        cards: counts.1,
        losses,
        ..Export::default()
    })
}

const RELATIONS: &str = "relations arrive as text: in Notion turn the columns Chapter, See also, Cards and Concept into \
                         relations";

const CONCEPTS: [&str; 11] = [
    "Name", "Number", "Chapter", "Section", "Brief", "Priority", "Tags", "Aliases", "Since", "See also",
    "Cards",
];
const CARDS: [&str; 6] = ["Code", "Front", "Back", "Kind", "Concept", "Chapter"];

/// What pages are called: a title is a file's name in its folder, and stands there once.
struct Titles {
    root: String,
    chapters: BTreeMap<usize, String>,
    concepts: BTreeMap<ConceptNo, String>,
}

impl Titles {
    fn of(source: &Source<'_>) -> Self {
        let mut taken = BTreeSet::new();
        let mut free = |wanted: String| {
            let mut wishes = std::iter::once(wanted.clone()).chain((2..).map(|n| format!("{wanted} {n}")));
            let free = wishes.find(|name| !taken.contains(&fold(name))).unwrap_or_default();
            taken.insert(fold(&free));
            free
        };
        let chapters =
            source.chapters().map(|(i, c)| (i, free(file_name(&format!("{:02} {}", c.number, c.title)))));
        let chapters = chapters.collect();
        let concepts = source.concepts().map(|(no, c)| (no, free(file_name(&c.name)))).collect();
        Self { root: file_name(&source.pack.title), chapters, concepts }
    }
}

struct Maker<'s, 'a> {
    source: &'s Source<'a>,
    titles: Titles,
    /// By path in the vault: name in `assets/`, and bytes.
    pictures: BTreeMap<String, (String, Vec<u8>)>,
    losses: Vec<Loss>,
}

/// Links from a page at some depth below the root.
struct From<'m, 's, 'a> {
    maker: &'m mut Maker<'s, 'a>,
    /// From the page's folder to the folder of the title.
    up: &'static str,
}

impl Places for From<'_, '_, '_> {
    fn link(&mut self, from: FileNo, written: &str) -> Option<String> {
        if on_the_web(written) {
            return Some(written.to_owned());
        }
        let titles = &self.maker.titles;
        let path = match self.maker.source.target(from, written) {
            Target::Concept(no) => format!("Concepts/{}.md", titles.concepts.get(no)?),
            Target::Chapter(i) | Target::Section(i, _) => format!("{}.md", titles.chapters.get(i)?),
            Target::File(_) | Target::Missing => return None,
        };
        Some(format!("{}{}", self.up, encoded(&path)))
    }

    fn picture(&mut self, from: FileNo, written: &str) -> Option<String> {
        if on_the_web(written) {
            return Some(written.to_owned());
        }
        if !crate::typeset::pictures::is_picture(written) {
            return None;
        }
        match self.maker.source.picture(from, written) {
            Ok((path, bytes)) => {
                let own = path.rsplit_once('/').map_or(path.as_str(), |(_, name)| name);
                let taken = self.maker.pictures.values().any(|(name, _)| name == own);
                let name =
                    if taken { format!("{}-{own}", self.maker.pictures.len()) } else { own.to_owned() };
                let (name, _) = self.maker.pictures.entry(path.clone()).or_insert((name, bytes));
                Some(format!("{}assets/{}", self.up, encoded(name)))
            }
            Err(why) => {
                let place = Place { file: from, range: 0..0 };
                self.maker.losses.push(Loss::new(format!("a picture was left out: {why}"), Some(place)));
                None
            }
        }
    }
}

impl Maker<'_, '_> {
    fn text(&mut self, text: &Text, up: &'static str) -> String {
        let source = self.source;
        let selection = source.select(text);
        markdown(source, text.file, &selection, Dialect::Notion, &mut From { maker: self, up })
    }

    fn link(&self, title: &str, path: &str) -> String {
        format!("[{}]({})", plain(title), encoded(path))
    }

    fn home(&self) -> String {
        let pack = self.source.pack;
        let root = &self.titles.root;
        let mut out = format!("# {}\n", plain(&pack.title));
        if let Some(subtitle) = &pack.subtitle {
            out.push_str(&format!("\n*{}*\n", plain(subtitle)));
        }
        let facts = [Some(pack.authors.join(", ")), pack.edition.clone(), pack.licence.clone()];
        let facts: Vec<String> =
            facts.into_iter().flatten().filter(|f| !f.is_empty()).map(|f| plain(&f)).collect();
        if !facts.is_empty() {
            out.push_str(&format!("\n{}\n", facts.join(" · ")));
        }
        out.push('\n');
        for (i, _) in self.source.chapters() {
            let title = &self.titles.chapters[&i];
            out.push_str(&format!("{}\n\n", self.link(title, &format!("{root}/{title}.md"))));
        }
        for name in ["Concepts", "Cards"] {
            out.push_str(&format!("{}\n\n", self.link(name, &format!("{root}/{name}.csv"))));
        }
        out
    }

    fn chapter(&mut self, index: usize) -> String {
        let source = self.source;
        let Some(chapter) = source.pack.chapters.get(index) else { return String::new() };
        let mut out = format!("# {}\n\n", plain(&self.titles.chapters[&index]));
        if let Some(intro) = &chapter.intro {
            out.push_str(&format!("{}\n\n", self.text(intro, "")));
        }
        for section in &chapter.sections {
            let mut body = String::new();
            for item in &section.items {
                match item {
                    SectionItem::Prose(prose) => body.push_str(&format!("{}\n\n", self.text(prose, ""))),
                    SectionItem::Table(rows) => {
                        for no in rows.rows.iter().filter(|no| source.keeps(**no)) {
                            let (Some(concept), Some(title)) =
                                (source.pack.concepts.get(no.0), self.titles.concepts.get(no))
                            else {
                                continue;
                            };
                            let link = self.link(&concept.name, &format!("Concepts/{title}.md"));
                            let brief = self.text(&concept.brief, "").replace('\n', " ");
                            body.push_str(&format!("- {link}: {brief}\n"));
                        }
                        body.push('\n');
                    }
                }
            }
            if let Some(title) = section.title.as_ref().filter(|_| !body.trim().is_empty()) {
                let title = self.text(title, "");
                out.push_str(&format!("## {}\n\n", title.replace('\n', " ")));
            }
            out.push_str(&body);
        }
        if let Some(review) = &chapter.review {
            out.push_str(&format!("---\n\n{}\n", self.text(review, "")));
        }
        out
    }

    /// A concept's page: its properties as Notion writes them, then what its note says.
    fn page(&mut self, no: ConceptNo, concept: &Concept) -> String {
        let mut out = format!("# {}\n\n", plain(&self.titles.concepts[&no]));
        let row = self.row(no, concept);
        for (head, cell) in CONCEPTS.iter().zip(&row).skip(1) {
            if !cell.is_empty() && *head != "Brief" {
                out.push_str(&format!("{head}: {}\n", plain(cell)));
            }
        }
        let brief = self.text(&concept.brief, "../");
        out.push_str(&format!("\n{brief}\n"));
        for (head, cell) in &concept.extra {
            out.push_str(&format!("\n**{}:** {}\n", plain(&head.plain), self.text(cell, "../")));
        }
        for part in &concept.parts {
            if let Some(heading) = &part.heading {
                out.push_str(&format!("\n## {}\n", self.text(heading, "../").replace('\n', " ")));
            }
            out.push_str(&format!("\n{}\n", self.text(&part.body, "../")));
            if let Some(solution) = &part.solution {
                out.push_str(&format!("\n### Solution\n\n{}\n", self.text(solution, "../")));
            }
        }
        out
    }

    fn row(&self, no: ConceptNo, concept: &Concept) -> Vec<String> {
        let pack = self.source.pack;
        let section = self.source.chapter_of(concept).and_then(|c| c.sections.get(concept.section));
        let section = section.and_then(|s| s.title.as_ref()).map(|t| t.plain.clone());
        let see = concept.see_also.iter().filter_map(|no| self.titles.concepts.get(no));
        let cards = concept.cards.iter().filter_map(|no| pack.cards.get(no.0));
        vec![
            self.titles.concepts[&no].clone(),
            concept.number.clone(),
            self.titles.chapters.get(&concept.chapter).cloned().unwrap_or_default(),
            section.unwrap_or_default(),
            concept.brief.plain.clone(),
            concept.priority.to_string(),
            concept.tags.join(", "),
            concept.aliases.join(", "),
            concept.since.clone().unwrap_or_default(),
            see.cloned().collect::<Vec<_>>().join(", "),
            cards.map(|c| c.code.clone()).collect::<Vec<_>>().join(", "),
        ]
    }

    fn concepts(&mut self) -> Vec<Vec<String>> {
        let rows: Vec<Vec<String>> = self.source.concepts().map(|(no, c)| self.row(no, c)).collect();
        for (no, concept) in self.source.concepts() {
            let place = Some(Place { file: concept.brief.file, range: place(self.source, concept) });
            let title = &self.titles.concepts[&no];
            if title != &concept.name {
                let what = "a title had to change: its file could not be called so, or another was";
                self.losses.push(Loss::new(what, place.clone()));
            }
            if title.contains(',') {
                let what = "a title holds a comma, at which Notion parts the titles of a relation";
                self.losses.push(Loss::new(what, place));
            }
        }
        rows
    }

    fn cards(&self) -> Vec<Vec<String>> {
        let source = self.source;
        let row = |card: &crate::pack::Card| {
            let concept = source.concept_of(card);
            vec![
                card.code.clone(),
                front_text(source.pack, card).to_owned(),
                card.back.plain.clone(),
                kind_name(card.kind).to_owned(),
                self.titles.concepts.get(&card.concept).cloned().unwrap_or_default(),
                concept.and_then(|c| self.titles.chapters.get(&c.chapter)).cloned().unwrap_or_default(),
            ]
        };
        source.cards().map(|(_, card)| row(card)).collect()
    }
}

fn place(source: &Source<'_>, concept: &Concept) -> std::ops::Range<usize> {
    match source.select(&concept.brief) {
        crate::vault::Selection::Inlines(inlines) => inlines.first().map_or(0..0, |i| i.range.clone()),
        crate::vault::Selection::Blocks(blocks) => blocks.first().map_or(0..0, |b| b.range.clone()),
    }
}

fn plain(text: &str) -> String {
    escape(text, Dialect::Notion)
}

/// A path inside a link.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '%' | ' ' | '(' | ')' | '<' | '>' | '#' | '?' | '[' | ']' | '"' => {
                out.push_str(&format!("%{:02X}", c as u32));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::emit::export::{Kind, testing};
    use crate::vault::ast::{Block, BlockKind, Inline, InlineKind};

    fn files(export: &Export) -> BTreeMap<String, String> {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&export.files[0].1)).unwrap();
        let mut files = BTreeMap::new();
        for i in 0..archive.len() {
            let mut file = archive.by_index(i).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            files.insert(file.name().unwrap().to_string(), String::from_utf8_lossy(&bytes).into_owned());
        }
        files
    }

    fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = reader.deserialize().map(|r| r.unwrap()).collect();
        rows
    }

    /// All destinations in a page.
    fn links(blocks: &[Block], out: &mut Vec<String>) {
        fn inlines(list: &[Inline], out: &mut Vec<String>) {
            for inline in list {
                match &inline.kind {
                    InlineKind::Link { dest, content, .. } => {
                        out.push(dest.clone());
                        inlines(content, out);
                    }
                    InlineKind::Image { dest, .. } => out.push(dest.clone()),
                    InlineKind::Strong(body) | InlineKind::Emph(body) => inlines(body, out),
                    _ => {}
                }
            }
        }
        for block in blocks {
            match &block.kind {
                BlockKind::Paragraph(content) | BlockKind::Heading { content, .. } => inlines(content, out),
                BlockKind::List(list) => list.items.iter().for_each(|i| links(&i.body, out)),
                BlockKind::Quote(body) => links(body, out),
                _ => {}
            }
        }
    }

    fn decoded(path: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = path.as_bytes();
        while let Some((first, more)) = rest.split_first() {
            if *first == b'%' {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&more[..2]).unwrap(), 16).unwrap());
                rest = &more[2..];
            } else {
                bytes.push(*first);
                rest = more;
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn tables_and_pages_agree() {
        let chapter = "# One\n\nIntro [[Beta]].\n\n## S\n\n|Concept|Brief|\n|---|---|\n|[[Alpha]]|a [[Beta]]|\n|Beta|b|\n|[[C / D]]|c|\n";
        let two = "# Two\n\n|Concept|Brief|\n|---|---|\n|Beta|another|\n";
        let alpha = "---\ntags: [x]\n---\n# Alpha\n\n## Explanation\n\n[[C / D]], [[1 One]], [[1 One#S|s]] ![[p (1).png]]\n\n> [!tip]+ T\n> body\n\n```python\nx = 1\n```\n\n## Exercise\n\nDo\n\n### Solution\n\nDone\n\n## See also\n\n[[C / D]]\n";
        for pack in [
            testing::hostile(),
            testing::pack(&[
                ("recto.yaml", "title: T / x\n"),
                ("1 One.md", chapter),
                ("2 Two.md", two),
                ("Alpha.md", alpha),
            ]),
        ] {
            let export = testing::all(Kind::Notion, &pack);
            let files = files(&export);
            let root = files.keys().find(|p| !p.contains('/')).unwrap().trim_end_matches(".md").to_owned();
            let concepts = rows(&files[&format!("{root}/Concepts.csv")]);
            let cards = rows(&files[&format!("{root}/Cards.csv")]);
            assert_eq!((concepts.len(), cards.len()), (pack.1.concepts.len(), pack.1.cards.len()));
            assert_eq!((export.concepts, export.cards), (concepts.len(), cards.len()));
            let pages: BTreeSet<&str> = files
                .keys()
                .filter_map(|p| p.strip_prefix(&format!("{root}/Concepts/"))?.strip_suffix(".md"))
                .collect();
            let names: BTreeSet<&str> = concepts.iter().map(|r| r["Name"].as_str()).collect();
            assert_eq!(names, pages);
            assert_eq!(names.len(), concepts.len(), "every title once");
            for (row, concept) in concepts.iter().zip(&pack.1.concepts) {
                assert!(files.contains_key(&format!("{root}/{}.md", row["Chapter"])), "{row:?}");
                assert_eq!(row["Brief"], concept.brief.plain);
                let page = &files[&format!("{root}/Concepts/{}.md", row["Name"])];
                assert!(page.starts_with("# ") && page.contains(&format!("Number: {}", row["Number"])));
                for title in row["See also"].split(", ").filter(|t| !t.is_empty()) {
                    assert!(names.contains(title), "{title}");
                }
                let own: Vec<&str> = row["Cards"].split(", ").filter(|c| !c.is_empty()).collect();
                let of: Vec<&str> = cards
                    .iter()
                    .filter(|c| c["Concept"] == row["Name"])
                    .map(|c| c["Code"].as_str())
                    .collect();
                assert_eq!(own, of);
            }
            for (row, card) in cards.iter().zip(&pack.1.cards) {
                assert_eq!(row["Back"], card.back.plain);
            }
            for (path, text) in files.iter().filter(|(p, _)| p.ends_with(".md")) {
                let mut found = Vec::new();
                links(&crate::vault::parse(text).blocks, &mut found);
                for dest in found.iter().filter(|d| !on_the_web(d)) {
                    let mut folder: Vec<&str> = path.split('/').collect();
                    folder.pop();
                    let dest = decoded(dest);
                    for part in dest.split('/') {
                        match part {
                            ".." => drop(folder.pop()),
                            part => folder.push(part),
                        }
                    }
                    assert!(files.contains_key(&folder.join("/")), "{dest} in {path}");
                }
            }
        }
    }

    #[test]
    fn callouts_and_code_as_notion_has_them() {
        let alpha = "# Alpha\n\n> [!tip]- Title\n> body\n\n```python\nx = 1\n```\n\n#### Deep\n\n==high== text[^1]\n\n[^1]: foot\n";
        let pack = testing::pack(&[
            ("1 A.md", "# A\n\n|Concept|B|\n|---|---|\n|[[Alpha]]|y|\n"),
            ("Alpha.md", alpha),
        ]);
        let export = testing::all(Kind::Notion, &pack);
        let (path, page) =
            files(&export).into_iter().find(|(p, _)| p.ends_with("Concepts/Alpha.md")).unwrap();
        assert!(page.contains("<aside>\n💡 **Title**\n\nbody\n\n</aside>"), "{path}: {page}");
        assert!(page.contains("```python\nx = 1\n```"));
        assert!(page.contains("high text") && page.contains("foot"));
        for what in ["highlight", "folded", "footnote", "relations arrive as text"] {
            assert!(export.losses.iter().any(|l| l.what.contains(what)), "{what}: {:?}", export.losses);
        }
    }
}
