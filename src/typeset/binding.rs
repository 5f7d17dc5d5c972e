//! Finishing the pages of a book: margin notes and furniture are laid over them, links and page numbers are resolved.
//!
//! After an edit most pages are what they were before. A [`Shelf`] keeps the finished pages of the last build; a page that
//! is made of the same frames, and whose links lead to the same places, is taken from there. So unchanged pages are neither
//! finished nor hashed again.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use typst::foundations::Label;
use typst::layout::{Frame, FrameItem, GroupItem, Point};
use typst::utils::hash128;
use typst_layout::Page;

use super::assemble::{self, Digits, Place, Places, Resolver};

/// A page before it is finished.
#[derive(Clone)]
pub struct Draft {
    pub page: Page,
    pub notes: Vec<MarginNote>,
    /// Running head, folio and thumb tab.
    pub furniture: Option<Frame>,
}

/// A note beside the text.
#[derive(Clone, Hash)]
pub struct MarginNote {
    /// It is read right behind the first element of the page with one of these labels; before the page without any.
    pub behind: Vec<Label>,
    pub at: Point,
    pub frame: Frame,
}

impl From<Page> for Draft {
    fn from(page: Page) -> Self {
        Self { page, notes: Vec::new(), furniture: None }
    }
}

impl Draft {
    /// Whether nothing stands on it.
    pub fn is_blank(&self) -> bool {
        self.page.frame.is_empty() && self.notes.is_empty() && self.furniture.is_none()
    }

    /// The page with everything on it, its links as they are.
    pub fn bound(self) -> Page {
        let Self { mut page, notes, furniture } = self;
        lay_over(&mut page.frame, &notes, furniture);
        page
    }
}

/// Finished pages of the last build.
#[derive(Default)]
pub struct Shelf(Mutex<HashMap<u128, Arc<Finished>>>);

struct Finished {
    frame: Frame,
    /// What the page's links lead to, and where that was.
    needs: Vec<(String, Option<Place>)>,
    missing: Vec<String>,
}

/// Where links lead, and how page numbers look and are said.
pub struct Marks<'a> {
    pub places: &'a Places,
    pub digits: &'a Digits,
    /// Of everything that `digits` and `describe` depend on.
    pub key: u128,
    pub describe: &'a (dyn Fn(&str) -> String + Sync),
}

impl Shelf {
    /// Finishes pages. The second value are keys that nothing holds; the third says that there are pages that the build before
    /// did not have.
    pub fn finish(&self, drafts: Vec<Draft>, marks: &Marks) -> (Vec<Page>, HashSet<String>, bool) {
        let known = self.0.lock().map(|known| known.clone()).unwrap_or_default();
        let new = AtomicBool::new(false);
        let finished: Vec<(u128, Page, Arc<Finished>)> = drafts
            .into_par_iter()
            .map(|Draft { mut page, notes, furniture }| {
                let key = hash128(&(marks.key, &page.frame, &notes, &furniture));
                let stands = |finished: &&Arc<Finished>| {
                    finished.needs.iter().all(|(key, place)| marks.places.get(key) == place.as_ref())
                };
                let finished = match known.get(&key).filter(stands) {
                    Some(finished) => finished.clone(),
                    None => {
                        new.store(true, Ordering::Relaxed);
                        Arc::new(finish(page.frame, &notes, furniture, marks))
                    }
                };
                page.frame = finished.frame.clone();
                (key, page, finished)
            })
            .collect();
        let mut shelf = HashMap::with_capacity(finished.len());
        let mut missing = HashSet::new();
        let mut pages = Vec::with_capacity(finished.len());
        for (key, page, finished) in finished {
            missing.extend(finished.missing.iter().cloned());
            shelf.insert(key, finished);
            pages.push(page);
        }
        if let Ok(mut known) = self.0.lock() {
            *known = shelf;
        }
        (pages, missing, !known.is_empty() && new.into_inner())
    }
}

fn lay_over(frame: &mut Frame, notes: &[MarginNote], furniture: Option<Frame>) {
    for note in notes {
        let found = note.behind.iter().any(|l| assemble::insert_after(frame, *l, note.at, &note.frame));
        if !found {
            frame.insert(0, note.at, FrameItem::Group(GroupItem::new(note.frame.clone())));
        }
    }
    if let Some(furniture) = furniture {
        frame.push_frame(Point::zero(), furniture);
    }
}

fn finish(mut frame: Frame, notes: &[MarginNote], furniture: Option<Frame>, marks: &Marks) -> Finished {
    lay_over(&mut frame, notes, furniture);
    let needs = assemble::keys(&frame).into_iter().map(|key| {
        let place = marks.places.get(&key).cloned();
        (key, place)
    });
    let needs = needs.collect();
    let Marks { places, digits, describe, .. } = *marks;
    let target = |place: &Place| assemble::address(place.page, place.point);
    let missing = Resolver { places, digits, describe, target: &target }.resolve(&mut frame);
    Finished { frame, needs, missing }
}
