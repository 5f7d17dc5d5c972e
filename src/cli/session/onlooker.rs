//! Somebody who looks on while a build goes.

use std::sync::Arc;

use typst_layout::Page;

use crate::pack::Pack;
use crate::vault::config::Document;
use crate::vault::{Finding, Vault};

/// Somebody who looks on while a build goes: the preview.
pub trait Onlooker: Sync {
    /// The document whose pages are wanted first. With `None` no pages are wanted.
    fn first(&self) -> Option<Document> {
        None
    }

    /// Whether the document's pages are wanted even if its files stand.
    fn wants(&self, _: Document) -> bool {
        false
    }

    /// The notes are read, and these are their findings. With `false` the build ends here, and everything stays.
    fn read(&self, _: &Arc<Vault>, _: &Pack, _: &[Finding]) -> bool {
        true
    }

    /// A document's pages stand, file by file; `cards` are the faces of the deck's cards. No file is written yet.
    fn pages(&self, _: Document, _: Vec<View>, _cards: Vec<Page>) {}

    /// All pages stand, and these are all findings up to here.
    fn found(&self, _: &Vault, _: &[Finding]) {}

    /// Whether something changed meanwhile, so that files need not be written any more.
    fn superseded(&self) -> bool {
        false
    }
}

/// The pages of one file.
pub struct View {
    /// The file's name without ending.
    pub name: String,
    pub pages: Vec<Page>,
}

/// Nobody looks on.
pub(super) struct Nobody;

impl Onlooker for Nobody {}
