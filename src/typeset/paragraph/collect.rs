//! What is in a paragraph: its text, with the styles in which it is set, and what else stands in it.

use std::sync::Arc;

use typst::World;
use typst::comemo::Tracked;
use typst::foundations::{Resolve, Smart, StyleChain};
use typst::introspection::{Tag, TagElem};
use typst::layout::{Abs, Dir, Em, FixedAlignment, HElem, HideElem, Rel, Spacing};
use typst::model::{Destination, LinkElem, ParElem};
use typst::routines::Pair;
use typst::syntax::Span;
use typst::text::{
    Lang, LinebreakElem, Region, SmartQuoteElem, SmartQuoter, SmartQuotes, SpaceElem, TextEdgeBounds,
    TextElem,
};
use typst::visualize::Paint;

use super::words::{Faces, is_known};

/// How a stretch of text is set.
pub struct Style {
    pub faces: Arc<Faces>,
    pub size: Abs,
    pub fill: Paint,
    pub lang: Lang,
    pub region: Option<Region>,
    /// Below the line's baseline.
    pub shift: Abs,
    /// From the baseline up and down, of each face.
    pub edges: Vec<(Abs, Abs)>,
    /// Punctuation may stand in the margin.
    pub overhang: bool,
    pub hyphenate: bool,
    pub link: Option<Destination>,
    /// Half the space between lines, which a link takes as well.
    pub outset: Abs,
    /// By how much a space of a width may grow and shrink, and a letter.
    pub give: Give,
}

/// Limits of justification, in em; a part of the space's width, and a length.
#[derive(Debug, Clone, Copy)]
pub struct Give {
    pub space_stretch: (f64, f64),
    pub space_shrink: (f64, f64),
    pub letter_stretch: f64,
    pub letter_shrink: f64,
}

impl Give {
    /// By how much a space of a width may grow, em.
    pub fn stretch(&self, width: f64) -> f64 {
        (self.space_stretch.0 * width + self.space_stretch.1).max(0.0)
    }

    pub fn shrink(&self, width: f64) -> f64 {
        (self.space_shrink.0 * width + self.space_shrink.1).min(0.75 * width)
    }
}

/// What a paragraph consists of, in order.
pub enum Piece<'a> {
    /// Text from a byte on, up to the next piece, in a style.
    Text {
        from: usize,
        style: usize,
    },
    /// A distance, which counts as a space where lines are broken.
    Gap {
        at: usize,
        width: Abs,
    },
    Tag {
        at: usize,
        tag: &'a Tag,
    },
}

impl Piece<'_> {
    /// First byte.
    pub fn at(&self) -> usize {
        match self {
            Self::Text { from, .. } => *from,
            Self::Gap { at, .. } | Self::Tag { at, .. } => *at,
        }
    }
}

/// A paragraph that can be set here.
pub struct Paragraph<'a> {
    pub text: String,
    pub pieces: Vec<Piece<'a>>,
    pub styles: Vec<Style>,
    /// First byte of each stretch, and its place in a note.
    spans: Vec<(usize, Span)>,
    pub shared: Shared,
}

/// What holds for the whole paragraph.
#[derive(Debug, Clone, Copy)]
pub struct Shared {
    pub justify: bool,
    pub optimal: bool,
    pub hanging: Abs,
    pub align: FixedAlignment,
    pub size: Abs,
    pub hyphen_cost: f64,
    pub runt_cost: f64,
}

impl Paragraph<'_> {
    /// The style of the text at a byte, or before it.
    pub fn style_at(&self, byte: usize) -> usize {
        // Pieces stand in order, and there are as many as words in a long listing.
        let end = self.pieces.partition_point(|piece| piece.at() <= byte);
        let mut styles = self.pieces.iter().take(end).rev().filter_map(|piece| match piece {
            Piece::Text { style, .. } => Some(*style),
            _ => None,
        });
        styles.next().unwrap_or_default()
    }

    pub fn span_at(&self, byte: usize) -> (Span, u16) {
        let next = self.spans.partition_point(|(start, _)| *start <= byte);
        match next.checked_sub(1).and_then(|i| self.spans.get(i)) {
            Some((start, span)) => (*span, u16::try_from(byte - start).unwrap_or(0)),
            None => (Span::detached(), 0),
        }
    }
}

/// Languages that repeat a hyphen of the text at the next line's beginning.
fn repeats_hyphens(lang: Lang) -> bool {
    matches!(lang.as_str(), "cs" | "dsb" | "hr" | "pl" | "pt" | "sk" | "es")
}

/// Reads realised content. `None` where it has anything that is not set here: boxes and formulas, decorations, raised text,
/// other directions and scripts.
pub fn collect<'a>(
    world: Tracked<dyn World + '_>,
    children: &[Pair<'a>],
    shared: Shared,
    width: Abs,
) -> Option<Paragraph<'a>> {
    let mut known: Vec<(StyleChain<'a>, usize)> = Vec::new();
    let mut par = Paragraph {
        text: String::new(),
        pieces: Vec::with_capacity(children.len()),
        styles: Vec::new(),
        spans: Vec::with_capacity(children.len()),
        shared,
    };
    let mut quoter = SmartQuoter::new();
    let mut open: Option<usize> = None;
    for (child, styles) in children {
        let at = par.text.len();
        let written;
        let said: &str = if child.is::<SpaceElem>() {
            " "
        } else if let Some(elem) = child.to_packed::<TextElem>() {
            match styles.get(TextElem::case) {
                Some(case) => {
                    written = case.apply(&elem.text);
                    &written
                }
                None => &elem.text,
            }
        } else if let Some(elem) = child.to_packed::<SmartQuoteElem>() {
            let double = elem.double.get(*styles);
            if elem.enabled.get(*styles) {
                let quotes = SmartQuotes::get(
                    elem.quotes.get_ref(*styles),
                    styles.get(TextElem::lang),
                    styles.get(TextElem::region),
                    elem.alternative.get(*styles),
                );
                quoter.quote(par.text.chars().next_back(), &quotes, double)
            } else {
                SmartQuotes::fallback(double)
            }
        } else if let Some(elem) = child.to_packed::<LinebreakElem>() {
            if elem.justify.get(*styles) {
                return None;
            }
            "\n"
        } else if let Some(elem) = child.to_packed::<HElem>() {
            let Spacing::Rel(rel) = elem.amount else { return None };
            if elem.weak.get(*styles) {
                return None;
            }
            if !elem.amount.is_zero() {
                let width = rel.resolve(*styles).relative_to(width);
                par.text.push(' ');
                par.spans.push((at, child.span()));
                par.pieces.push(Piece::Gap { at, width });
                open = None;
            }
            continue;
        } else if let Some(elem) = child.to_packed::<TagElem>() {
            par.pieces.push(Piece::Tag { at, tag: &elem.tag });
            open = None;
            continue;
        } else {
            return None;
        };
        let style = match known.iter().find(|(chain, _)| chain == styles) {
            Some((_, style)) => *style,
            None => {
                par.styles.push(Style::of(world, *styles, shared.justify)?);
                known.push((*styles, par.styles.len() - 1));
                par.styles.len() - 1
            }
        };
        if !said.chars().all(|c| c == '\n' || is_known(c)) {
            return None;
        }
        par.text.push_str(said);
        par.spans.push((at, child.span()));
        if open != Some(style) {
            par.pieces.push(Piece::Text { from: at, style });
            open = Some(style);
        }
    }
    // Addresses are broken by rules of their own.
    let address = par.text.contains("://") || par.text.contains("www.");
    let repeats = par.text.contains('-') && par.styles.iter().any(|style| repeats_hyphens(style.lang));
    let empty = par.text.trim().is_empty();
    (!address && !repeats && !empty).then_some(par)
}

impl Style {
    fn of(world: Tracked<dyn World + '_>, styles: StyleChain, justify: bool) -> Option<Self> {
        let size = styles.resolve(TextElem::size);
        let plain = styles.get(TextElem::script) == Smart::Auto
            && styles.resolve(TextElem::dir) == Dir::LTR
            && styles.get_ref(TextElem::shift_settings).is_none()
            && styles.get_cloned(TextElem::deco).is_empty()
            && styles.resolve(TextElem::stroke).is_none()
            && styles.resolve(TextElem::tracking) == Abs::zero()
            && styles.get(TextElem::span_offset) == 0
            && !styles.get(HideElem::hidden);
        if !plain || !is_whole(styles) {
            return None;
        }
        let faces = Faces::of(world, styles, size)?;
        let (top, bottom) = (styles.get(TextElem::top_edge), styles.get(TextElem::bottom_edge));
        let edges = faces.fonts.iter().map(|font| font.edges(top, bottom, size, TextEdgeBounds::Zero));
        let limits = styles.get(ParElem::justification_limits);
        let tracking = limits.tracking();
        let em = |length| Em::from_length(length, size);
        let widest = limits.spacing().max + Rel::from(tracking.max);
        let tightest = limits.spacing().min + Rel::from(tracking.min);
        Some(Self {
            edges: edges.collect(),
            faces,
            size,
            fill: styles.get_cloned(TextElem::fill),
            lang: styles.get(TextElem::lang),
            region: styles.get(TextElem::region),
            shift: styles.resolve(TextElem::baseline),
            overhang: styles.get(TextElem::overhang),
            hyphenate: styles.get(TextElem::hyphenate).unwrap_or(justify),
            link: styles.get_cloned(LinkElem::current),
            outset: 0.5 * styles.resolve(ParElem::leading),
            give: Give {
                space_stretch: (widest.rel.get() - 1.0, em(widest.abs).get()),
                space_shrink: (1.0 - tightest.rel.get(), -em(tightest.abs).get()),
                letter_stretch: em(tracking.max).get().max(0.0),
                letter_shrink: (-em(tracking.min).get()).max(0.0),
            },
        })
    }
}

/// Whether words are spaced as the font has it, and lines are as high as the style says, whatever stands in them.
fn is_whole(styles: StyleChain) -> bool {
    use typst::text::{BottomEdge, BottomEdgeMetric, TopEdge, TopEdgeMetric};
    let bounded = styles.get(TextElem::top_edge) == TopEdge::Metric(TopEdgeMetric::Bounds)
        || styles.get(TextElem::bottom_edge) == BottomEdge::Metric(BottomEdgeMetric::Bounds);
    styles.resolve(TextElem::spacing) == Rel::one() && !bounded
}
