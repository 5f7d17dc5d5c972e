//! What a document depends on, as one key: while it is the same, its files stand.

use super::BuildOptions;
use crate::cli::calendar::{self, CalendarFlags};
use crate::cli::deck;
use crate::emit::manifest::KeyHasher;
use crate::pack::lock::LOCK_FILE;
use crate::vault::Vault;
use crate::vault::config::Document;

/// What every document is made from.
pub(super) fn base_key(vault: &Vault, options: &BuildOptions, theme: &str, lock: Option<&str>) -> String {
    let mut key = KeyHasher::default();
    key.add(&env!("CARGO_PKG_VERSION")).add(&theme);
    // While this program is being written its version says too little.
    if let Ok(meta) = std::env::current_exe().and_then(std::fs::metadata) {
        key.add(&meta.len()).add(&meta.modified().ok());
    }
    for (no, file) in vault.numbered().filter(|(_, file)| file.path != LOCK_FILE) {
        key.add(&file.path).add(&vault.fingerprint(no).ok());
    }
    key.add(&lock).add(&options.select.tags).add(&options.select.priority).add(&options.select.concepts);
    key.add(&format!("{:?}", options.select.chapters)).add(&options.system_fonts);
    key.add(&options.png.map(f64::to_bits));
    key.finish()
}

/// The options of the build after this one, if it is only called again.
pub(super) fn once_done(options: &BuildOptions) -> BuildOptions {
    let calendar = CalendarFlags { page: options.calendar.page, ..CalendarFlags::default() };
    BuildOptions { calendar, ..options.clone() }
}

pub(super) fn document_key(
    base: &str,
    document: Document,
    vault: &Vault,
    options: &BuildOptions,
    plan: &str,
    deck: Option<&deck::Plan>,
) -> String {
    let mut key = KeyHasher::default();
    key.add(&base).add(&document.name());
    match document {
        Document::Flashcards => {
            key.add(&format!("{deck:?}"));
        }
        Document::Booklet => {
            key.add(&format!("{:?} {:?} {:?}", options.booklet, options.cards.flip, options.book));
        }
        Document::Handbook => {
            key.add(&format!("{:?}", options.book));
        }
        Document::Dividers => {
            key.add(&format!("{:?}", options.cards));
        }
        Document::Quizzes => {
            key.add(&format!("{:?} {:?}", options.quizzes, options.book));
        }
        Document::Calendar => {
            key.add(&plan)
                .add(&format!("{:?}", options.calendar))
                .add(&calendar::starts(&vault.config, options.today));
            if vault.config.schedule.start.is_none() {
                key.add(&options.today.to_string());
            }
        }
        _ => {}
    }
    key.finish()
}
