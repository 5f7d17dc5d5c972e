//! A part of a book as the exporter wrote it: a whole file, of which the pages and what belongs to them is taken.

use std::collections::HashMap;
use std::hash::Hasher;
use std::ops::Range;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::survey::STAND_IN;
use crate::emit::objects::{self, Extent, Table};
use crate::emit::syntax::{Dict, Item, Token, decode, items, refs};
use crate::typeset::assemble::{self, AT};

/// A place in an object that says something of the file as a whole.
#[derive(Debug, Clone)]
pub struct Edit {
    pub at: Range<usize>,
    pub to: To,
}

/// What stands at such a place.
#[derive(Debug, Clone, PartialEq)]
pub enum To {
    /// A reference to an object.
    Object(u32),
    /// A key of the parent tree.
    Parent(u32),
    /// The beginning of an element's name, which is to be unique.
    Id,
    /// A link into the book: page, from 0, and distances from its upper left corner, pt.
    Place(usize, f64, f64),
}

/// What an object of the exporter's becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Slot {
    Dropped,
    /// The page tree's root.
    Pages,
    /// The root of the logical structure.
    Document,
    StructRoot,
    /// A page, from 0.
    Page(usize),
    /// An object of the part alone.
    Own(usize),
    /// One that other parts have as well, by its place in [`Part::shared`].
    Shared(usize),
}

#[derive(Debug, Clone, Default)]
struct Object {
    extent: Extent,
    edits: Range<usize>,
    /// A font, a picture or a colour space.
    common: bool,
}

/// What stands at the head of a file.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The catalogue without its references: language, marks, the viewer's preferences.
    pub catalog: Vec<u8>,
    pub info: Vec<u8>,
    pub xmp: Vec<u8>,
    /// Both of the file's identifiers.
    pub id: (Vec<u8>, Vec<u8>),
    /// Of the catalogue's output intents, if there are any.
    pub intents: Option<Slot>,
    /// The structure's root element without its children.
    pub document: Vec<u8>,
}

/// A part of a book, read.
pub struct Part {
    bytes: Vec<u8>,
    objects: Vec<Object>,
    edits: Vec<Edit>,
    slots: Vec<Slot>,
    /// Numbers of the part's own objects.
    pub own: Vec<u32>,
    /// Numbers of the pages.
    pub pages: Vec<u32>,
    /// Objects that may stand in other parts too, with what they are.
    pub shared: Vec<(u128, u32)>,
    /// Top elements of the logical structure.
    pub kids: Vec<u32>,
    /// The parent tree: keys and elements.
    pub parents: Vec<(u32, u32)>,
    /// Names of elements.
    pub ids: Vec<(Vec<u8>, u32)>,
    /// Named destinations; the bytes of their names.
    pub names: Vec<(Vec<u8>, u32)>,
    /// Page labels: page, from 0, and label.
    pub labels: Vec<(usize, u32)>,
    /// Pairs of the structure's role map.
    pub roles: Vec<(Vec<u8>, Vec<u8>)>,
    pub head: Head,
}

impl Part {
    /// Reads a file of the exporter and leaves out one page, with so many headings that stand in for others. `None` where it
    /// is not as expected.
    pub fn read(bytes: Vec<u8>, without: usize, headings: usize) -> Option<Self> {
        let Table { offsets, root, info, id } = Table::read(&bytes)?;
        let mut part = Self {
            objects: vec![Object::default(); offsets.len()],
            slots: vec![Slot::Dropped; offsets.len()],
            edits: Vec::new(),
            own: Vec::new(),
            pages: Vec::new(),
            shared: Vec::new(),
            kids: Vec::new(),
            parents: Vec::new(),
            ids: Vec::new(),
            names: Vec::new(),
            labels: Vec::new(),
            roles: Vec::new(),
            head: Head::default(),
            bytes,
        };
        for (number, offset) in offsets.iter().enumerate().skip(1) {
            part.scan(number, *offset)?;
        }
        part.head.info = part.value(info)?.to_vec();
        part.head.id = id;
        part.catalog(root, without, headings)?;
        part.number()?;
        Some(part)
    }

    /// The bytes of an object.
    pub fn value(&self, number: u32) -> Option<&[u8]> {
        self.bytes.get(self.objects.get(number as usize)?.extent.at.clone())
    }

    pub fn is_stream(&self, number: u32) -> bool {
        self.objects.get(number as usize).is_some_and(|object| object.extent.stream)
    }

    pub fn slot(&self, number: u32) -> Slot {
        self.slots.get(number as usize).copied().unwrap_or(Slot::Dropped)
    }

    /// Writes an object; `to` writes what stands for a place in it.
    pub fn write<E>(
        &self,
        number: u32,
        out: &mut Vec<u8>,
        mut to: impl FnMut(&To, &mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(object) = self.objects.get(number as usize) else { return Ok(()) };
        let mut from = object.extent.at.start;
        for edit in self.edits.get(object.edits.clone()).unwrap_or_default() {
            out.extend_from_slice(self.bytes.get(from..edit.at.start).unwrap_or_default());
            to(&edit.to, out)?;
            from = edit.at.end;
        }
        out.extend_from_slice(self.bytes.get(from..object.extent.at.end).unwrap_or_default());
        Ok(())
    }

    fn edits_of(&self, number: u32) -> impl Iterator<Item = &Edit> {
        let range = self.objects.get(number as usize).map(|object| object.edits.clone());
        self.edits.get(range.unwrap_or_default()).unwrap_or_default().iter()
    }

    /// Finds where an object ends, and what it says of others.
    fn scan(&mut self, number: usize, offset: usize) -> Option<()> {
        let first_edit = self.edits.len();
        let (edits, mut common) = (&mut self.edits, false);
        let (mut name, mut action, mut in_headers): (&[u8], usize, bool) = (b"", 0, false);
        // A link of ours is to be all that its action says.
        let mut link = None;
        let extent = objects::walk(&self.bytes, number, offset, |token, at| {
            if let Some(to) = link.take() {
                edits.push(Edit { at: action..at.end, to });
                return (token == Token::DictClose).then_some(());
            }
            match token {
                Token::Ref(to) => edits.push(Edit { at, to: To::Object(to) }),
                Token::Int(value) if matches!(name, b"StructParents" | b"StructParent") => {
                    edits.push(Edit { at, to: To::Parent(value) });
                }
                Token::Text(_) if name == b"ID" || in_headers => {
                    edits.push(Edit { at: at.start + 1..at.start + 1, to: To::Id });
                }
                Token::Text(text) if name == b"URI" && text.starts_with(AT.as_bytes()) => {
                    let (page, point) = assemble::at(std::str::from_utf8(text).ok()?)?;
                    link = Some(To::Place(page, point.x.to_pt(), point.y.to_pt()));
                }
                Token::Hex(_) if name == b"ID" || in_headers => return None,
                Token::Name(own) => {
                    match own {
                        b"A" => action = at.start,
                        b"Headers" => in_headers = true,
                        b"Type0" | b"ICCBased" => common = true,
                        b"Image" if name == b"Subtype" => common = true,
                        _ => {}
                    }
                    name = own;
                    return Some(());
                }
                Token::ArrayClose => in_headers = false,
                _ => {}
            }
            name = b"";
            Some(())
        })?;
        let edits = first_edit..self.edits.len();
        *self.objects.get_mut(number)? = Object { extent, edits, common };
        Some(())
    }

    /// Reads what the catalogue leads to, and decides what is kept.
    fn catalog(&mut self, root: u32, without: usize, headings: usize) -> Option<()> {
        let catalog = Dict::read(self.value(root)?)?;
        let pages_root = catalog.reference(b"Pages")?;
        let xmp = self.value(catalog.reference(b"Metadata")?)?;
        let body = find(xmp, b"stream\n")? + 7;
        let xmp = xmp.get(body..xmp.len().checked_sub(b"\nendstream".len())?)?.to_vec();
        let plain = |key: &&[u8]| matches!(*key, b"Lang" | b"MarkInfo" | b"ViewerPreferences");
        let mut head = Vec::new();
        for key in catalog.keys().filter(plain) {
            head.extend_from_slice(&[b"/", key, b" ", catalog.get(key)?].concat());
        }

        let mut pages = refs(Dict::read(self.value(pages_root)?)?.get(b"Kids")?);
        if without >= pages.len() {
            return None;
        }
        let left_out = pages.remove(without);

        let struct_root_number = catalog.reference(b"StructTreeRoot")?;
        let struct_root = Dict::read(self.value(struct_root_number)?)?;
        let [document_number] = refs(struct_root.get(b"K")?)[..] else { return None };
        let document = Dict::read(self.value(document_number)?)?;
        let stand_in = [b"/T(", STAND_IN.as_bytes(), b")"].concat();
        let stands_in = |number: &u32| self.value(*number).is_some_and(|v| find(v, &stand_in).is_some());
        let children = document.get(b"K").map(items).unwrap_or_default();
        let mut kids = Vec::with_capacity(children.len());
        for (i, child) in children.into_iter().enumerate() {
            let Item::Ref(child) = child else { return None };
            if i < headings {
                // They come before all else.
                stands_in(&child).then_some(())?;
            } else {
                kids.push(child);
            }
        }
        let mut own_document = Vec::new();
        for key in document.keys().filter(|key| !matches!(*key, b"K" | b"P")) {
            own_document.extend_from_slice(&[b"/", key, b" ", document.get(key)?].concat());
        }
        let mut parents = Vec::new();
        if let Some(tree) = struct_root.get(b"ParentTree") {
            for pair in items(Dict::read(tree)?.get(b"Nums")?).chunks_exact(2) {
                let [Item::Int(key), Item::Ref(to)] = pair else { return None };
                parents.push((*key, *to));
            }
        }
        let name_tree = |tree: &[u8]| -> Option<Vec<(Vec<u8>, u32)>> {
            let pairs = items(Dict::read(tree)?.get(b"Names")?);
            let pair = |pair: &[Item]| match pair {
                [Item::Text(name), Item::Ref(to)] => Some((decode(name)?, *to)),
                _ => None,
            };
            pairs.chunks_exact(2).map(pair).collect()
        };
        let ids = struct_root.get(b"IDTree").map_or(Some(Vec::new()), name_tree)?;
        let names = match catalog.get(b"Names").map(Dict::read) {
            Some(names) => names?.get(b"Dests").map_or(Some(Vec::new()), name_tree)?,
            None => Vec::new(),
        };
        let mut labels = Vec::new();
        if let Some(tree) = catalog.reference(b"PageLabels") {
            for pair in items(Dict::read(self.value(tree)?)?.get(b"Nums")?).chunks_exact(2) {
                let [Item::Int(page), Item::Ref(to)] = pair else { return None };
                let page = *page as usize;
                if page != without {
                    labels.push((page - usize::from(page > without), *to));
                }
            }
        }
        let mut roles = Vec::new();
        if let Some(map) = struct_root.get(b"RoleMap") {
            let map = Dict::read(map)?;
            for key in map.keys() {
                roles.push((key.to_vec(), map.get(key)?.to_vec()));
            }
        }
        let intents = catalog.reference(b"OutputIntents");

        self.mark(pages_root, Slot::Pages)?;
        self.mark(document_number, Slot::Document)?;
        self.mark(struct_root_number, Slot::StructRoot)?;
        for (i, page) in pages.iter().enumerate() {
            self.mark(*page, Slot::Page(i))?;
        }
        self.head = Head { catalog: head, xmp, document: own_document, ..std::mem::take(&mut self.head) };
        (self.pages, self.kids, self.parents, self.ids) = (pages, kids, parents, ids);
        (self.names, self.labels, self.roles) = (names, labels, roles);
        if let Some(intents) = intents {
            self.objects.get_mut(intents as usize)?.common = true;
        }
        self.reach(left_out, intents)?;
        self.share()?;
        self.head.intents = intents.map(|number| self.slot(number));
        Some(())
    }

    /// Marks everything that pages, structure and names lead to, but for the page that is left out.
    fn reach(&mut self, left_out: u32, intents: Option<u32>) -> Option<()> {
        let mut queue: Vec<u32> = self.pages.clone();
        queue.extend(&self.kids);
        queue.extend(self.parents.iter().map(|p| p.1).chain(self.ids.iter().map(|p| p.1)));
        queue.extend(self.names.iter().map(|p| p.1).chain(self.labels.iter().map(|p| p.1)));
        queue.extend(intents);
        while let Some(number) = queue.pop() {
            let slot = self.slot(number);
            if number == left_out
                || matches!(slot, Slot::Pages | Slot::Document | Slot::StructRoot | Slot::Own(_))
            {
                continue;
            }
            if slot == Slot::Dropped {
                self.mark(number, Slot::Own(0))?;
            }
            queue.extend(self.edits_of(number).filter_map(|edit| match edit.to {
                To::Object(to) if !matches!(self.slot(to), Slot::Own(_) | Slot::Page(_)) => Some(to),
                _ => None,
            }));
        }
        Some(())
    }

    fn mark(&mut self, number: u32, slot: Slot) -> Option<()> {
        *self.slots.get_mut(number as usize)? = slot;
        Some(())
    }

    /// Finds what other parts may have as well: fonts, pictures, colour spaces and all that they need.
    fn share(&mut self) -> Option<()> {
        let common = |number: &u32| {
            self.slot(*number) == Slot::Own(0)
                && self.objects.get(*number as usize).is_some_and(|object| object.common)
        };
        let roots: Vec<u32> = (1..self.objects.len() as u32).filter(common).collect();
        let mut keys = HashMap::new();
        for root in roots {
            self.key(root, &mut keys, 0)?;
        }
        let mut shared: Vec<(u128, u32)> = keys.into_iter().map(|(number, key)| (key, number)).collect();
        shared.sort_by_key(|shared| shared.1);
        for (i, (_, number)) in shared.iter().enumerate() {
            self.mark(*number, Slot::Shared(i))?;
        }
        self.shared = shared;
        Some(())
    }

    /// What an object is, whatever its number.
    fn key(&self, number: u32, keys: &mut HashMap<u32, u128>, depth: usize) -> Option<u128> {
        if let Some(key) = keys.get(&number) {
            return Some(*key);
        }
        // Fonts and pictures are trees.
        if depth > 16 || self.slot(number) != Slot::Own(0) {
            return None;
        }
        let object = self.objects.get(number as usize)?;
        let mut hasher = SipHasher13::new();
        let mut from = object.extent.at.start;
        for edit in self.edits_of(number) {
            let To::Object(to) = edit.to else { return None };
            hasher.write(self.bytes.get(from..edit.at.start)?);
            hasher.write_u128(self.key(to, keys, depth + 1)?);
            from = edit.at.end;
        }
        hasher.write(self.bytes.get(from..object.extent.at.end)?);
        let key = hasher.finish128().as_u128();
        keys.insert(number, key);
        Some(key)
    }

    /// Numbers the part's own objects.
    fn number(&mut self) -> Option<()> {
        for number in 1..self.objects.len() as u32 {
            if self.slot(number) == Slot::Own(0) {
                self.mark(number, Slot::Own(self.own.len()))?;
                self.own.push(number);
            }
        }
        Some(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
