//! A part's objects under their numbers in the book, packed as they stand in the file.

use std::sync::Arc;

use super::part::{Part, Slot, To};
use crate::emit::objects::{PACK, Pack, Stands};

/// Numbers of the objects that a book has once.
pub const CATALOG: u32 = 1;
pub const PAGES: u32 = 2;
pub const INFO: u32 = 3;
pub const METADATA: u32 = 4;
pub const STRUCT_ROOT: u32 = 5;
pub const DOCUMENT: u32 = 6;
pub const OUTLINE: u32 = 7;
/// The stream that holds those of the objects above that are packed.
pub const PACKED: u32 = 8;
pub const NAMES: u32 = 9;
pub const LABELS: u32 = 10;
/// The first page; the others follow it. So what a link leads to depends on nothing but the page.
pub const FIRST_PAGE: u32 = 16;

/// What a part is numbered with.
#[derive(Hash)]
pub struct Numbers {
    /// The first of the part's own.
    pub base: u32,
    /// Page of the book that is the part's first, from 0.
    pub first_page: usize,
    /// Of the objects that it shares.
    pub shared: Vec<u32>,
    /// Heights of the book's pages, pt, in bits.
    pub heights: Arc<[u32]>,
}

/// A part as it stands in the file, with what the book's own objects say of it.
pub struct Encoded {
    pub bytes: Vec<u8>,
    pub objects: Vec<(u32, Stands)>,
    pub kids: Vec<u8>,
    pub parents: Vec<u8>,
    pub ids: Vec<u8>,
    pub names: Vec<(Vec<u8>, u32)>,
    pub labels: Vec<u8>,
}

/// How many numbers a part takes.
pub fn room(part: &Part) -> u32 {
    // Keys of the parent tree are counted from the same number: there is one for each page and each link.
    let objects = part.own.len() + part.pages.len();
    let streams = objects.div_ceil(PACK);
    // A part that grows a little moves no other.
    ((objects + streams) as u32 + 64).next_multiple_of(256)
}

/// Something in a part leads to what the part does not have.
#[derive(Debug)]
pub struct Stray;

impl Numbers {
    fn of(&self, part: &Part, number: u32) -> Result<u32, Stray> {
        Ok(match part.slot(number) {
            Slot::Dropped => return Err(Stray),
            Slot::Pages => PAGES,
            Slot::Document => DOCUMENT,
            Slot::StructRoot => STRUCT_ROOT,
            Slot::Page(i) => FIRST_PAGE + (self.first_page + i) as u32,
            Slot::Own(i) => self.base + i as u32,
            Slot::Shared(i) => *self.shared.get(i).ok_or(Stray)?,
        })
    }

    /// Writes what stands at a place of a part under these numbers.
    pub fn put(&self, part: &Part, to: &To, out: &mut Vec<u8>) -> Result<(), Stray> {
        let text = match to {
            To::Object(number) => format!("{} 0 R", self.of(part, *number)?),
            To::Parent(key) => (self.base + key).to_string(),
            To::Id => format!("P{}", self.base),
            To::Place(page, x, y) => self.destination(*page, *x, *y)?,
        };
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    /// The entry that leads to a page of the book, from 0, and a point on it, pt from its upper left corner.
    pub fn destination(&self, page: usize, x: f64, y: f64) -> Result<String, Stray> {
        let height = f32::from_bits(*self.heights.get(page).ok_or(Stray)?);
        // As the exporter has it: what is led to stands on a baseline, and is to be seen.
        let y = f64::from(height) - (y - 10.0).max(0.0);
        Ok(format!("/Dest[{} 0 R/XYZ {} {} 0]", FIRST_PAGE + page as u32, point(x), point(y)))
    }
}

/// A distance in points, as short as it can be to a hundredth.
fn point(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Numbers and packs a part.
pub fn encode(part: &Part, numbers: &Numbers) -> Result<Encoded, Stray> {
    let mut bytes = Vec::new();
    let mut objects = Vec::with_capacity(part.own.len() + part.pages.len());
    let mut packed = Vec::new();
    for number in part.pages.iter().chain(&part.own) {
        let new = numbers.of(part, *number)?;
        if part.is_stream(*number) {
            objects.push((new, Stands::At(bytes.len())));
            bytes.extend_from_slice(format!("{new} 0 obj\n").as_bytes());
            part.write(*number, &mut bytes, |to, out| numbers.put(part, to, out))?;
            bytes.extend_from_slice(b"\nendobj\n");
        } else {
            packed.push((new, *number));
        }
    }
    let streams = numbers.base + part.own.len() as u32..;
    for (stream, chunk) in streams.zip(packed.chunks(PACK)) {
        let mut pack = Pack::new();
        for (new, number) in chunk {
            pack.begin(*new);
            part.write(*number, &mut pack.body, |to, out| numbers.put(part, to, out))?;
        }
        pack.finish(stream, &mut bytes, &mut objects);
    }
    let pairs = |list: &[(u32, u32)], base: u32| -> Result<Vec<u8>, Stray> {
        let mut out = Vec::new();
        for (key, to) in list {
            let pair = format!("{} {} 0 R ", base + key, numbers.of(part, *to)?);
            out.extend_from_slice(pair.as_bytes());
        }
        Ok(out)
    };
    let parents = pairs(&part.parents, numbers.base)?;
    let labels: Vec<(u32, u32)> = part.labels.iter().map(|(page, to)| (*page as u32, *to)).collect();
    let labels = pairs(&labels, numbers.first_page as u32)?;
    let mut kids = Vec::new();
    for kid in &part.kids {
        kids.extend_from_slice(format!("{} 0 R ", numbers.of(part, *kid)?).as_bytes());
    }
    let mut ids = Vec::new();
    for (id, to) in &part.ids {
        ids.extend_from_slice(format!("(P{}", numbers.base).as_bytes());
        ids.extend_from_slice(id);
        ids.extend_from_slice(format!("){} 0 R", numbers.of(part, *to)?).as_bytes());
    }
    let mut names = Vec::with_capacity(part.names.len());
    for (name, to) in &part.names {
        names.push((name.clone(), numbers.of(part, *to)?));
    }
    Ok(Encoded { bytes, objects, kids, parents, ids, names, labels })
}
