//! Running heads, folios and thumb tabs: drawn over the finished pages.

use serde_json::json;

use super::{Maker, Stretch};
use crate::typeset::binding::Draft;
use crate::typeset::compile::Job;

const PAGES_PER_JOB: usize = 250;

impl Maker<'_, '_> {
    /// Draws the furniture over the body's pages.
    pub(super) fn furnish(&self, pages: &mut [Draft], body: &[Stretch], starts: &[usize]) -> Option<()> {
        // The section that is open at each page's top is the last that began before it, or the first that begins on it.
        let mut data = Vec::new();
        let mut targets = Vec::new();
        let tabs = self.press.pack.chapters.len();
        for (stretch, start) in body.iter().zip(starts) {
            let mut sections: Vec<(usize, &str)> = stretch
                .labels
                .iter()
                .filter(|l| l.0.starts_with("s:"))
                .map(|l| (start + l.1, l.0.as_str()))
                .collect();
            sections.sort();
            for page in *start..start + stretch.count {
                let open = sections
                    .iter()
                    .rev()
                    .find(|(p, _)| *p < page)
                    .or_else(|| sections.iter().find(|(p, _)| *p == page));
                let section =
                    open.and_then(|(_, key)| self.section_title(key)).or_else(|| stretch.section.clone());
                data.push(json!({
                    "chapter": stretch.head, "section": section, "folio": (page + 1).to_string(),
                    "hue": stretch.chapter, "tab": stretch.chapter, "tabs": tabs, "first": page == *start,
                    "verso": self.options.mirrored() && page % 2 == 1,
                }));
                targets.push(page);
            }
        }
        let body = "for (i, p) in d.pages.enumerate() { if i > 0 { pagebreak() }; \
                    block(width: 100%, height: 100%, book.furniture(s, p)) }";
        let jobs: Vec<Job> = data
            .chunks(PAGES_PER_JOB)
            .enumerate()
            .map(|(n, chunk)| {
                self.job(&format!("furniture-{n}"), "furniture-page", json!({ "pages": chunk }), body)
            })
            .collect();
        let documents = self.press.compile_all(&jobs)?;
        let overlays = documents.iter().flat_map(|d| d.pages());
        for (target, overlay) in targets.iter().zip(overlays) {
            if let Some(page) = pages.get_mut(*target) {
                page.furniture = Some(overlay.frame.clone());
            }
        }
        Some(())
    }

    fn section_title(&self, key: &str) -> Option<String> {
        let (chapter, section) = key.strip_prefix("s:")?.split_once('.')?;
        let chapter: usize = chapter.parse().ok()?;
        let section: usize = section.parse().ok()?;
        let chapter = self.press.pack.chapters.iter().find(|c| c.number == chapter)?;
        chapter.sections.get(section - 1)?.title.as_ref().map(|t| t.plain.clone())
    }
}
