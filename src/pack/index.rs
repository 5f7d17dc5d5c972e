//! The index at the back of the book: names, other names and tags.

use std::collections::BTreeMap;

use super::collate::{SortKey, sort_key};
use super::{ConceptNo, IndexEntry, IndexKind, Pack};

/// The index of `pack`, sorted for its language (see `collate`). Spellings that differ in case or marks only are one
/// entry, in the first one's spelling; an alias that reads as its concept's own name is left out.
pub fn index(pack: &Pack) -> Vec<IndexEntry> {
    let mut entries: BTreeMap<(SortKey, IndexKind), IndexEntry> = BTreeMap::new();
    let mut spelling: BTreeMap<(String, IndexKind), SortKey> = BTreeMap::new();
    let mut add = |term: &str, kind: IndexKind, no: ConceptNo| {
        let key = sort_key(term, &pack.language);
        let letters = super::fold(term);
        let key = spelling.entry((letters, kind)).or_insert(key).clone();
        let entry = entries.entry((key, kind)).or_insert_with(|| IndexEntry {
            term: term.to_owned(),
            kind,
            concepts: Vec::new(),
        });
        if !entry.concepts.contains(&no) {
            entry.concepts.push(no);
        }
    };
    for (i, concept) in pack.concepts.iter().enumerate() {
        let no = ConceptNo(i);
        add(&concept.name, IndexKind::Name, no);
        let name = super::fold(&concept.name);
        for alias in concept.aliases.iter().filter(|alias| super::fold(alias) != name) {
            add(alias, IndexKind::Alias, no);
        }
        for tag in &concept.tags {
            add(tag, IndexKind::Tag, no);
        }
    }
    entries.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{chapter, concept, pack};
    use super::*;

    #[test]
    fn names_aliases_and_tags() {
        let mut p = pack();
        chapter(&mut p, "Foundations");
        for (id, name) in [("pvm", "Python Virtual Machine (PVM)"), ("gil", "GIL"), ("dis", "`dis` module")] {
            concept(&mut p, 0, id, name, "");
        }
        p.concepts[0].aliases = vec!["PVM".into(), "python virtual machine (pvm)".into()];
        p.concepts[1].aliases = vec!["Pvm".into()];
        p.concepts[0].tags = vec!["internals".into(), "exam".into()];
        p.concepts[2].tags = vec!["internals".into(), "internals".into()];
        let rows: Vec<(String, IndexKind, Vec<usize>)> = index(&p)
            .into_iter()
            .map(|e| (e.term, e.kind, e.concepts.iter().map(|c| c.0).collect()))
            .collect();
        assert_eq!(
            rows,
            [
                ("`dis` module".into(), IndexKind::Name, vec![2]),
                ("exam".into(), IndexKind::Tag, vec![0]),
                ("GIL".into(), IndexKind::Name, vec![1]),
                ("internals".into(), IndexKind::Tag, vec![0, 2]),
                ("PVM".into(), IndexKind::Alias, vec![0, 1]),
                ("Python Virtual Machine (PVM)".into(), IndexKind::Name, vec![0]),
            ]
        );
    }
}
