//! What concepts are called: unique ids, and other names without repeats.

use std::collections::BTreeMap;

use crate::pack::{Concept, fold, latin};

/// Ids that are taken, and by whom.
#[derive(Debug, Default)]
pub(super) struct Ids(BTreeMap<String, String>);

impl Ids {
    /// The concept that has this id.
    pub fn owner(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// `base`, or `base-2`, `base-3` … if it is taken.
    pub fn take(&mut self, base: &str, name: &str) -> String {
        let mut id = base.to_owned();
        let mut next = 2;
        while self.0.contains_key(&id) {
            id = format!("{base}-{next}");
            next += 1;
        }
        self.0.insert(id.clone(), name.to_owned());
        id
    }
}

/// Adds another name, unless it is the concept's own or there already. A file name that differs from the name only in
/// what file systems forbid is no other name.
pub(super) fn add_alias(concept: &mut Concept, alias: &str) {
    let alias = alias.trim();
    let key = |name: &str| {
        let slug = latin::identifier(name);
        if slug == "concept" { fold(name) } else { slug }
    };
    let wanted = key(alias);
    let known = std::iter::once(&concept.name).chain(&concept.aliases).any(|name| key(name) == wanted);
    if !alias.is_empty() && !known {
        concept.aliases.push(alias.to_owned());
    }
}
