//! Shaped words, each shaped once in a process: a book says the same words again and again.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex};

use rustc_hash::FxBuildHasher;
use rustybuzz::{BufferFlags, Direction, Feature, Language, Script, ShapePlan, UnicodeBuffer, script};
use typst::World;
use typst::comemo::Tracked;
use typst::foundations::StyleChain;
use typst::layout::{Abs, Em};
use typst::text::{FontInstance, TextElem, families, features, language, variant};
use typst::utils::hash128;
use unicode_segmentation::UnicodeSegmentation;

/// So many words are kept, some tens of bytes a letter; then all are forgotten.
const KEPT: usize = 200_000;
const SHELVES: usize = 16;

/// The faces in which text is set: the wanted one, and those that have what it lacks.
pub struct Faces {
    pub fonts: Vec<FontInstance>,
    features: Vec<Feature>,
    language: Option<Language>,
    /// Of the hyphenation patterns.
    patterns: Option<hypher::Lang>,
    /// The hyphen: its face, glyph and advance.
    pub hyphen: Option<(u8, u16, Em)>,
    /// By how much a no-break space is wider than a space, of each face.
    no_break: Vec<Em>,
    plans: Mutex<Vec<(usize, Script, Arc<ShapePlan>)>>,
    key: u128,
}

/// A glyph with the bytes of its word for which it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shaped {
    pub id: u16,
    /// Of [`Faces::fonts`].
    pub font: u8,
    pub advance: Em,
    pub x_offset: Em,
    pub y_offset: Em,
    pub start: u16,
    pub end: u16,
    pub space: bool,
    /// The last glyph of its cluster: room may be put behind it.
    pub last: bool,
    /// What is before and what begins here look the same when they are parted.
    safe: bool,
}

impl Shaped {
    /// A hyphen that is added at a line's end.
    pub fn hyphen(id: u16, font: u8, advance: Em) -> Self {
        let zero = Em::zero();
        Self {
            id,
            font,
            advance,
            x_offset: zero,
            y_offset: zero,
            start: 0,
            end: 0,
            space: false,
            last: false,
            safe: true,
        }
    }
}

/// A word as it stands in the text, with the space behind it.
pub struct Word {
    pub glyphs: Vec<Shaped>,
    pub hyphens: Vec<Hyphen>,
}

/// A place where a word may be parted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hyphen {
    pub at: u16,
    /// Letters before and after.
    pub before: u8,
    pub after: u8,
    /// What is set before it, and from it on.
    pub head: Extent,
    pub tail: Extent,
}

/// Advance, spaces' part of it, number of spaces, and number of letters that may be set wider.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Extent {
    pub advance: Em,
    pub space: Em,
    pub spaces: u16,
    pub letters: u16,
}

impl Extent {
    pub fn of(glyphs: &[Shaped]) -> Self {
        let mut extent = Self::default();
        for glyph in glyphs {
            extent.advance += glyph.advance;
            if glyph.space {
                extent.space += glyph.advance;
                extent.spaces += 1;
            } else if glyph.last {
                extent.letters += 1;
            }
        }
        extent
    }
}

/// Words by the hash of faces and text.
type Shelf = Mutex<HashMap<u128, Arc<Word>, FxBuildHasher>>;
static WORDS: LazyLock<[Shelf; SHELVES]> = LazyLock::new(Default::default);
static FACES: LazyLock<Mutex<HashMap<u128, Arc<Faces>, FxBuildHasher>>> = LazyLock::new(Default::default);

impl Faces {
    /// The faces of a style. `None` where a family is only for some characters, or none is there.
    pub fn of(world: Tracked<dyn World + '_>, styles: StyleChain, size: Abs) -> Option<Arc<Self>> {
        let book = world.book();
        let variant = variant(styles);
        let variations = styles.get_cloned(TextElem::variations);
        let first = families(styles)
            .find_map(|family| book.select(family.as_str(), variant).and_then(|id| world.font(id)))?;
        let features = features(styles);
        let said: Vec<(u32, u32)> = features.iter().map(|f| (f.tag.0, f.value)).collect();
        let lang = styles.get(TextElem::lang);
        let list = styles.get_ref(TextElem::font);
        let axes = !first.info().axes.is_empty();
        let key = hash128(&(
            (book, &first, list, styles.get(TextElem::fallback)),
            (variant, &variations, axes.then_some(size)),
            (said, lang, styles.get(TextElem::region)),
        ));
        if let Some(faces) = FACES.lock().ok().and_then(|faces| faces.get(&key).cloned()) {
            return Some(faces);
        }
        let mut fonts: Vec<FontInstance> = Vec::new();
        for family in families(styles) {
            if family.covers().is_some() {
                return None;
            }
            let font = book.select(family.as_str(), variant).and_then(|id| world.font(id));
            let font = font.map(|font| font.instantiate(variant, size, &variations));
            fonts.extend(font.filter(|font| !fonts.contains(font)));
        }
        fonts.truncate(usize::from(u8::MAX));
        let hyphen = fonts.iter().zip(0u8..).find_map(|(font, i)| {
            let glyph = font.ttf().glyph_index('-')?;
            Some((i, glyph.0, font.x_advance(glyph.0)?))
        });
        let no_break = |font: &FontInstance| {
            let advance = |c| font.x_advance(font.ttf().glyph_index(c)?.0);
            Some(advance('\u{a0}')? - advance(' ')?)
        };
        let faces = Self {
            no_break: fonts.iter().map(|font| no_break(font).unwrap_or_default()).collect(),
            fonts,
            features,
            language: Language::from_str(language(styles).as_str()).ok(),
            patterns: lang.as_str().as_bytes().try_into().ok().and_then(hypher::Lang::from_iso),
            hyphen,
            plans: Mutex::default(),
            key,
        };
        let faces = Arc::new(faces);
        if let Ok(mut known) = FACES.lock() {
            known.insert(key, faces.clone());
        }
        Some(faces)
    }

    /// A word's glyphs, and where it may be parted. `None` where no face has a character of it, or it is too long to be one.
    pub fn word(&self, text: &str) -> Option<Arc<Word>> {
        let key = hash128(&(self.key, text));
        let shelf = WORDS.get(usize::from(key.to_le_bytes()[0]) % SHELVES)?;
        if let Some(word) = shelf.lock().ok().and_then(|words| words.get(&key).cloned()) {
            return Some(word);
        }
        let word = Arc::new(self.shape_word(text)?);
        if let Ok(mut words) = shelf.lock() {
            if words.len() >= KEPT / SHELVES {
                words.clear();
            }
            words.insert(key, word.clone());
        }
        Some(word)
    }

    fn shape_word(&self, text: &str) -> Option<Word> {
        let glyphs = self.shape(text)?;
        let mut hyphens = Vec::new();
        let Some(patterns) = self.patterns else { return Some(Word { glyphs, hyphens }) };
        for (from, word) in text.split_word_bound_indices() {
            if word.is_empty() || !word.chars().all(char::is_alphabetic) {
                continue;
            }
            let count = word.chars().count();
            let mut letters = 0;
            let mut at = from;
            for syllable in hypher::hyphenate(word, patterns) {
                at += syllable.len();
                letters += syllable.chars().count();
                if at == from + word.len() {
                    continue;
                }
                let few = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
                let extent = |glyphs: Option<Vec<Shaped>>| glyphs.map(|glyphs| Extent::of(&glyphs));
                hyphens.push(Hyphen {
                    at: u16::try_from(at).ok()?,
                    before: few(letters),
                    after: few(count - letters),
                    head: extent(self.part(text, &glyphs, 0..at))?,
                    tail: extent(self.part(text, &glyphs, at..text.len()))?,
                });
            }
        }
        Some(Word { glyphs, hyphens })
    }

    /// The glyphs of a part of a word, of which `glyphs` are all: the same where it can be parted, else shaped anew. Their
    /// bytes count from the word's beginning.
    pub fn part(&self, text: &str, glyphs: &[Shaped], range: std::ops::Range<usize>) -> Option<Vec<Shaped>> {
        let index = |at: usize| match at {
            0 => Some(0),
            at if at == text.len() => Some(glyphs.len()),
            at => glyphs.iter().position(|g| usize::from(g.start) == at && g.safe),
        };
        if let (Some(from), Some(to)) = (index(range.start), index(range.end)) {
            return glyphs.get(from..to).map(<[Shaped]>::to_vec);
        }
        let mut part = self.shape(text.get(range.clone())?)?;
        let shift = u16::try_from(range.start).ok()?;
        for glyph in &mut part {
            glyph.start += shift;
            glyph.end += shift;
        }
        Some(part)
    }

    /// Shapes a text in the faces that have its characters.
    fn shape(&self, text: &str) -> Option<Vec<Shaped>> {
        u16::try_from(text.len()).ok()?;
        let mut glyphs = Vec::with_capacity(text.len());
        let mut from = 0;
        let mut font = None;
        for (at, c) in text.char_indices() {
            let has = |font: &FontInstance| font.ttf().glyph_index(c).is_some_and(|glyph| glyph.0 != 0);
            let own = self.fonts.iter().position(has)?;
            if font.is_some_and(|font| font != own) {
                self.shape_in(font?, text, from..at, &mut glyphs)?;
                from = at;
            }
            font = Some(own);
        }
        if let Some(font) = font {
            self.shape_in(font, text, from..text.len(), &mut glyphs)?;
        }
        Some(glyphs)
    }

    fn plan(&self, number: usize, script: Script) -> Option<Arc<ShapePlan>> {
        let mut plans = self.plans.lock().ok()?;
        if let Some((.., plan)) = plans.iter().find(|(n, s, _)| (*n, *s) == (number, script)) {
            return Some(plan.clone());
        }
        let font = self.fonts.get(number)?.rusty();
        let direction = Direction::LeftToRight;
        let plan = ShapePlan::new(font, direction, Some(script), self.language.as_ref(), &self.features);
        let plan = Arc::new(plan);
        plans.push((number, script, plan.clone()));
        Some(plan)
    }

    fn shape_in(
        &self,
        number: usize,
        text: &str,
        range: std::ops::Range<usize>,
        out: &mut Vec<Shaped>,
    ) -> Option<()> {
        let font = self.fonts.get(number)?;
        let piece = text.get(range.clone())?;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(piece);
        if let Some(language) = &self.language {
            buffer.set_language(language.clone());
        }
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script_of(piece));
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        let plan = self.plan(number, buffer.script())?;
        let buffer = rustybuzz::shape_with_plan(font.rusty(), &plan, buffer);
        let first = out.len();
        let mut end = piece.len();
        let mut cluster = usize::MAX;
        for (info, position) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()).rev() {
            let start = info.cluster as usize;
            let last = cluster != start;
            if cluster != usize::MAX && last {
                end = cluster;
            }
            cluster = start;
            let c = piece.get(start..)?.chars().next()?;
            let no_break = if c == '\u{a0}' { *self.no_break.get(number)? } else { Em::zero() };
            out.push(Shaped {
                id: u16::try_from(info.glyph_id).ok().filter(|id| *id != 0)?,
                font: u8::try_from(number).ok()?,
                advance: font.to_em(position.x_advance) - no_break,
                x_offset: font.to_em(position.x_offset),
                y_offset: font.to_em(position.y_offset),
                start: u16::try_from(range.start + start).ok()?,
                end: u16::try_from(range.start + end).ok()?,
                space: matches!(c, ' ' | '\u{a0}'),
                last,
                safe: !info.unsafe_to_break(),
            });
        }
        out.get_mut(first..)?.reverse();
        Some(())
    }
}

/// The script of a word: digits and signs go with Latin.
fn script_of(text: &str) -> Script {
    let own = text.chars().find_map(|c| match c {
        'Ͱ'..='Ͽ' => Some(script::GREEK),
        'Ѐ'..='ӿ' => Some(script::CYRILLIC),
        'A'..='Z' | 'a'..='z' | 'À'..='ɏ' => Some(script::LATIN),
        _ => None,
    });
    own.unwrap_or(script::LATIN)
}

/// Whether a character is one that is set here: of scripts that run from left to right, letter by letter, without signs that
/// are not seen.
pub fn is_known(c: char) -> bool {
    match c {
        '\u{ad}' => false,
        ' '..='~' | '\u{a0}'..='ɏ' | 'Ͱ'..='Ͽ' | 'Ѐ'..='\u{482}' | 'Ҋ'..='ӿ' => true,
        '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20cf}' => true,
        '\u{2100}'..='\u{2bff}' => true,
        _ => false,
    }
}
