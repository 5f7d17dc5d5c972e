//! One file of the parts of a book.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use typst::foundations::{Packed, StyleChain};
use typst::model::{HeadingElem, OutlineNode};
use typst::utils::hash128;

use super::encode::{
    CATALOG, DOCUMENT, Encoded, FIRST_PAGE, INFO, LABELS, METADATA, NAMES, Numbers, OUTLINE, PACKED, PAGES,
    STRUCT_ROOT, Stray,
};
use super::part::{Head, Part, Slot};
use crate::emit::objects::{Pack, Stands, cross_references, hex};

/// Numbers of what parts share, in the order in which parts use it.
pub struct Shared {
    numbers: HashMap<u128, u32>,
    /// The part, by its place, and the object's number there.
    homes: Vec<(usize, u32)>,
    first: u32,
}

impl Shared {
    pub fn of(parts: &[Arc<Part>], first: u32) -> Self {
        let (mut numbers, mut homes) = (HashMap::new(), Vec::new());
        for (i, part) in parts.iter().enumerate() {
            for (key, number) in &part.shared {
                numbers.entry(*key).or_insert_with(|| {
                    homes.push((i, *number));
                    first + homes.len() as u32 - 1
                });
            }
        }
        Self { numbers, homes, first }
    }

    /// The first number behind, with some room for more.
    pub fn end(&self) -> u32 {
        (self.first + self.homes.len() as u32 + 32).next_multiple_of(128)
    }

    /// Numbers of what a part shares.
    pub fn numbers(&self, part: &Part) -> Vec<u32> {
        part.shared.iter().filter_map(|(key, _)| self.numbers.get(key).copied()).collect()
    }
}

/// A heading with its place in the book.
pub struct Entry<'a> {
    pub element: &'a Packed<HeadingElem>,
    /// Page, from 0, and the point's distances from its upper left corner, pt.
    pub at: (usize, f64, f64),
}

/// Everything that is joined.
pub struct Book<'a> {
    pub parts: &'a [Arc<Part>],
    pub numbers: &'a [Numbers],
    pub encoded: &'a [Arc<Encoded>],
    pub shared: &'a Shared,
    pub headings: Vec<Entry<'a>>,
    pub pages: usize,
    /// Free numbers: from the first, as many as wanted.
    pub free: u32,
}

impl Book<'_> {
    /// The file.
    pub fn write(&self) -> Result<Vec<u8>, Stray> {
        let head = &self.parts.first().ok_or(Stray)?.head;
        let size: usize = self.encoded.iter().map(|part| part.bytes.len()).sum();
        let mut bytes = Vec::with_capacity(size + (1 << 20));
        bytes.extend_from_slice(b"%PDF-1.7\n%\x80\x80\x80\x80\n\n");
        let mut objects = Vec::new();
        for (i, (home, number)) in self.shared.homes.iter().enumerate() {
            let (Some(part), Some(numbers)) = (self.parts.get(*home), self.numbers.get(*home)) else {
                return Err(Stray);
            };
            let new = self.shared.first + i as u32;
            objects.push((new, Stands::At(bytes.len())));
            bytes.extend_from_slice(format!("{new} 0 obj\n").as_bytes());
            part.write(*number, &mut bytes, |to, out| numbers.put(part, to, out))?;
            bytes.extend_from_slice(b"\nendobj\n");
        }
        for part in self.encoded {
            let offset = bytes.len();
            bytes.extend_from_slice(&part.bytes);
            objects.extend(part.objects.iter().map(|(number, stands)| match stands {
                Stands::At(at) => (*number, Stands::At(offset + at)),
                packed => (*number, *packed),
            }));
        }
        let mut pack = Pack::new();
        self.pages(&mut pack);
        self.structure(&mut pack, head);
        self.outline(&mut pack)?;
        self.trees(&mut pack);
        pack.begin(INFO);
        pack.body.extend_from_slice(&head.info);
        pack.finish(PACKED, &mut bytes, &mut objects);

        let instance = identifier(hash128(&bytes));
        let mut put = |number: u32, content: &[u8], bytes: &mut Vec<u8>| {
            objects.push((number, Stands::At(bytes.len())));
            bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            bytes.extend_from_slice(content);
            bytes.extend_from_slice(b"\nendobj\n");
        };
        let xmp = self.metadata(head, &instance);
        let metadata = [
            format!("<</Length {}/Type/Metadata/Subtype/XML>>\nstream\n", xmp.len()).as_bytes(),
            &xmp,
            b"\nendstream",
        ]
        .concat();
        put(METADATA, &metadata, &mut bytes);
        put(CATALOG, &self.catalog(head), &mut bytes);

        let number = self.free + self.headings.len() as u32;
        let id = (head.id.0.as_slice(), instance.as_bytes());
        cross_references(objects, number, (CATALOG, INFO), id, &mut bytes);
        Ok(bytes)
    }

    fn pages(&self, pack: &mut Pack) {
        pack.begin(PAGES);
        let kids: Vec<String> = (0..self.pages as u32).map(|i| format!("{} 0 R", FIRST_PAGE + i)).collect();
        let pages = format!("<</Type/Pages/Count {}/Kids[{}]>>", self.pages, kids.join(" "));
        pack.body.extend_from_slice(pages.as_bytes());
    }

    fn all(&self, of: impl Fn(&Encoded) -> &[u8]) -> Vec<u8> {
        let lists: Vec<&[u8]> = self.encoded.iter().map(|part| of(part)).collect();
        lists.concat().trim_ascii_end().to_vec()
    }

    fn structure(&self, pack: &mut Pack, head: &Head) {
        pack.begin(DOCUMENT);
        let kids = self.all(|part| &part.kids);
        let parent = format!("/P {STRUCT_ROOT} 0 R/K[");
        pack.body
            .extend_from_slice(&[b"<<", head.document.as_slice(), parent.as_bytes(), &kids, b"]>>"].concat());

        let mut roles = BTreeMap::new();
        for (name, role) in self.parts.iter().flat_map(|part| &part.roles) {
            roles.entry(name.as_slice()).or_insert(role.as_slice());
        }
        let roles: Vec<Vec<u8>> = roles.iter().map(|(name, role)| [b"/", *name, *role].concat()).collect();
        // Within a part names are in order, and all begin with the part's number: so whole parts are sorted.
        let mut ids: Vec<&Encoded> =
            self.encoded.iter().map(|part| &**part).filter(|part| !part.ids.is_empty()).collect();
        ids.sort_by(|a, b| a.ids.cmp(&b.ids));
        let ids: Vec<&[u8]> = ids.iter().map(|part| part.ids.as_slice()).collect();
        pack.begin(STRUCT_ROOT);
        let mut root = b"<</Type/StructTreeRoot/RoleMap<<".to_vec();
        root.extend_from_slice(&roles.concat());
        root.extend_from_slice(format!(">>/K[{DOCUMENT} 0 R]/ParentTree<</Nums[").as_bytes());
        root.extend_from_slice(&self.all(|part| &part.parents));
        root.extend_from_slice(format!("]>>/ParentTreeNextKey {}", self.free).as_bytes());
        if !ids.is_empty() {
            root.extend_from_slice(&[b"/IDTree<</Names[", ids.concat().as_slice(), b"]>>"].concat());
        }
        root.extend_from_slice(b">>");
        pack.body.extend_from_slice(&root);
    }

    /// Bookmarks: the headings that want them, as a tree.
    fn outline(&self, pack: &mut Pack) -> Result<(), Stray> {
        let flat = self.headings.iter().map(|entry| {
            let heading = entry.element;
            let styles = StyleChain::default();
            let include = heading.bookmarked.get(styles).unwrap_or_else(|| heading.outlined.get(styles));
            (entry, heading.resolve_level(styles), include)
        });
        let tree = OutlineNode::build_tree(flat);
        let mut next = self.free;
        let children = self.bookmarks(&tree, OUTLINE, &mut next, pack)?;
        pack.begin(OUTLINE);
        let children =
            children.map(|(first, last)| format!("/First {first} 0 R/Last {last} 0 R/Count {}", tree.len()));
        let root = format!("<</Type/Outlines{}>>", children.unwrap_or_default());
        pack.body.extend_from_slice(root.as_bytes());
        Ok(())
    }

    /// Writes bookmarks and those below them. Returns the first and the last, if there are any.
    fn bookmarks(
        &self,
        nodes: &[OutlineNode<&Entry>],
        parent: u32,
        next: &mut u32,
        pack: &mut Pack,
    ) -> Result<Option<(u32, u32)>, Stray> {
        let first = *next;
        let Some(last) = (first + nodes.len() as u32).checked_sub(1).filter(|last| *last >= first) else {
            return Ok(None);
        };
        *next = last + 1;
        for (number, node) in (first..).zip(nodes) {
            let children = self.bookmarks(&node.children, number, next, pack)?;
            let (page, x, y) = node.entry.at;
            let title = node.entry.element.body.plain_text();
            let title = match &node.entry.element.numbers {
                Some(numbers) => format!("{numbers} {title}"),
                None => title.to_string(),
            };
            pack.begin(number);
            let mut item = format!("<</Parent {parent} 0 R");
            if number < last {
                item.push_str(&format!("/Next {} 0 R", number + 1));
            }
            if number > first {
                item.push_str(&format!("/Prev {} 0 R", number - 1));
            }
            if let Some((first, last)) = children {
                // They are folded up at first.
                item.push_str(&format!("/First {first} 0 R/Last {last} 0 R/Count -{}", node.children.len()));
            }
            let place = self.numbers.first().ok_or(Stray)?.destination(page, x, y)?;
            item.push_str(&format!("/Title<{}>{place}>>", utf16(&title)));
            pack.body.extend_from_slice(item.as_bytes());
        }
        Ok(Some((first, last)))
    }

    fn metadata(&self, head: &Head, instance: &str) -> Vec<u8> {
        let xmp = replace(&head.xmp, &head.id.1, instance.as_bytes());
        let before = b"<xmpTPg:NPages>";
        let Some(at) = xmp.windows(before.len()).position(|w| w == before) else { return xmp };
        let (start, rest) = xmp.split_at(at + before.len());
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        [start, self.pages.to_string().as_bytes(), rest.get(digits..).unwrap_or_default()].concat()
    }

    fn catalog(&self, head: &Head) -> Vec<u8> {
        let mut out = format!("<</Type/Catalog/Pages {PAGES} 0 R/Metadata {METADATA} 0 R").into_bytes();
        out.extend_from_slice(&head.catalog);
        out.extend_from_slice(format!("/StructTreeRoot {STRUCT_ROOT} 0 R/Outlines {OUTLINE} 0 R").as_bytes());
        let intents = match (head.intents, self.parts.first()) {
            (Some(Slot::Shared(i)), Some(part)) => self.shared.numbers(part).get(i).copied(),
            _ => None,
        };
        if let Some(number) = intents {
            out.extend_from_slice(format!("/OutputIntents {number} 0 R").as_bytes());
        }
        out.extend_from_slice(format!("/PageLabels {LABELS} 0 R/Names<</Dests {NAMES} 0 R>>>>").as_bytes());
        out
    }

    /// Page labels and named destinations.
    fn trees(&self, pack: &mut Pack) {
        pack.begin(LABELS);
        pack.body
            .extend_from_slice(&[b"<</Nums[", self.all(|part| &part.labels).as_slice(), b"]>>"].concat());
        let mut seen = HashSet::new();
        let mut names: Vec<&(Vec<u8>, u32)> = self.encoded.iter().flat_map(|part| &part.names).collect();
        names.retain(|name| seen.insert(&name.0));
        names.sort_by(|a, b| a.0.cmp(&b.0));
        pack.begin(NAMES);
        pack.body.extend_from_slice(b"<</Names[");
        for (name, number) in names {
            pack.body.extend_from_slice(format!("<{}>{number} 0 R", hex(name)).as_bytes());
        }
        pack.body.extend_from_slice(b"]>>");
    }
}

/// Text as UTF-16 in hexadecimal digits.
fn utf16(text: &str) -> String {
    let mut out = String::from("FEFF");
    for unit in text.encode_utf16() {
        out.push_str(&format!("{unit:04X}"));
    }
    out
}

/// Sixteen bytes in the letters that are safe in a PDF string and in XML.
fn identifier(hash: u128) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..22).map(|i| char::from(*LETTERS.get((hash >> (6 * i)) as usize % 64).unwrap_or(&b'A'))).collect()
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    if from.is_empty() {
        return bytes.to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        let (before, behind) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(to);
        rest = behind.get(from.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
