//! Paragraphs set by Recto: most of what is printed is words in lines, and the compiler's own way shapes each line that it
//! tries. Here each word is shaped once ([`words`]), lines are chosen from sums ([`crate::plan::justify`]), and only the
//! chosen ones are made ([`line`]).
//!
//! A layout hands paragraphs over (`show par: lines`, `lines(body)` for other lines of text). Their looks are the layout's:
//! every property is read from its styles. What is not plain text (boxes, formulas, decorations, text from right to left,
//! …) the compiler sets as ever.

mod collect;
mod line;
mod lines;
mod words;

use std::sync::{Arc, LazyLock};

use typst::comemo::{self, Track, Tracked, TrackedMut};
use typst::diag::SourceResult;
use typst::engine::{Engine, Route, Sink, Traced};
use typst::foundations::{
    Args, CastInfo, Content, IntoValue, NativeElement, NativeFuncData, NativeFuncPtr, Packed, Scope, Smart,
    StyleChain, Type, Value,
};
use typst::introspection::{Introspector, Locator, LocatorLink};
use typst::layout::{Abs, AlignElem, BlockElem, Dir, Fragment, Frame, Point, Ratio, Regions, Size};
use typst::model::{Linebreaks, ParElem, ParLine};
use typst::routines::{Arenas, FragmentKind, RealizationKind};
use typst::text::TextElem;
use typst::utils::{LazyHash, Numeric, Protected};
use typst::{Library, World};

use self::collect::Shared;
use crate::plan::justify;

/// Adds the function to the library's global scope.
pub fn define(scope: &mut Scope) {
    scope.define_func_with_data(&LINES);
}

static LINES: NativeFuncData = NativeFuncData {
    function: NativeFuncPtr(&|_, _, args| block(args)),
    name: "lines",
    title: "Lines",
    docs: "Sets a paragraph, or other text, in lines.",
    def_site: None,
    keywords: &[],
    contextual: false,
    scope: LazyLock::new(&|| Scope::new()),
    params: LazyLock::new(&|| Vec::new()),
    returns: LazyLock::new(&|| CastInfo::Type(Type::of::<Content>())),
};

fn block(args: &mut Args) -> SourceResult<Value> {
    let body: Content = args.expect("body")?;
    Ok(of(body).into_value())
}

/// A block in which a paragraph, or other text, is set in lines.
pub fn of(body: Content) -> Content {
    let span = body.span();
    let block = match body.into_packed::<ParElem>() {
        Ok(par) => BlockElem::multi_layouter(par, layout::<false>),
        Err(body) => BlockElem::multi_layouter(Packed::new(ParElem::new(body)), layout::<true>),
    };
    block.with_above(Smart::Auto).with_below(Smart::Auto).pack().spanned(span)
}

/// Lays out a paragraph in the regions of pages or columns. What is `LOOSE` is no paragraph by itself, and may be more than words.
fn layout<const LOOSE: bool>(
    par: &Packed<ParElem>,
    engine: &mut Engine,
    locator: Locator,
    styles: StyleChain,
    regions: Regions,
) -> SourceResult<Fragment> {
    let width = regions.size.x;
    let lines = match width.is_finite() {
        false => None,
        true => set(
            par,
            engine.world,
            engine.library,
            engine.introspector.into_raw(),
            engine.traced,
            TrackedMut::reborrow_mut(&mut engine.sink),
            engine.route.track(),
            locator.track(),
            styles,
            width,
            regions.expand.x,
            LOOSE,
        )?,
    };
    match lines {
        Some(lines) => Ok(onto_pages(&lines, par.leading.resolve(styles), styles, regions)),
        None if LOOSE => typst_layout::layout_fragment(engine, &par.body, locator, styles, regions),
        None => typst_layout::layout_fragment(engine, &par.clone().pack(), locator, styles, regions),
    }
}

/// The lines of a paragraph; `None` where the compiler is to set it.
#[comemo::memoize]
#[allow(clippy::too_many_arguments)]
fn set(
    par: &Packed<ParElem>,
    world: Tracked<dyn World + '_>,
    library: &LazyHash<Library>,
    introspector: Tracked<dyn Introspector + '_>,
    traced: Tracked<Traced>,
    sink: TrackedMut<Sink>,
    route: Tracked<Route>,
    locator: Tracked<Locator>,
    styles: StyleChain,
    width: Abs,
    expand: bool,
    loose: bool,
) -> SourceResult<Option<Arc<[Frame]>>> {
    let Some(shared) = shared(par, styles) else { return Ok(None) };
    let link = LocatorLink::new(locator);
    let mut locator = Locator::link(&link).split();
    let mut engine = Engine {
        library,
        world,
        introspector: Protected::from_raw(introspector),
        traced,
        sink,
        route: Route::extend(route),
    };
    let arenas = Arenas::default();
    let mut kind = FragmentKind::Inline;
    let children = (engine.library.routines.realize)(
        if loose { RealizationKind::Fragment { kind: &mut kind } } else { RealizationKind::Par },
        &mut engine,
        &mut locator,
        &arenas,
        &par.body,
        styles,
    )?;
    if kind == FragmentKind::Block {
        return Ok(None);
    }
    let Some(paragraph) = collect::collect(world, &children, shared, width) else { return Ok(None) };
    Ok(lines::set(&paragraph, width, expand).map(Arc::from))
}

/// What holds for a paragraph; `None` where the compiler is to set it.
fn shared(par: &Packed<ParElem>, styles: StyleChain) -> Option<Shared> {
    let dir = styles.resolve(TextElem::dir);
    let indent = par.first_line_indent.get(styles);
    let numbered = styles.get_ref(ParLine::numbering).is_some();
    if dir != Dir::LTR || numbered || (indent.all() && !indent.amount().is_zero()) {
        return None;
    }
    let justify = par.justify.get(styles);
    let automatic = if justify { Linebreaks::Optimized } else { Linebreaks::Simple };
    let costs = styles.get(TextElem::costs);
    Some(Shared {
        justify,
        optimal: par.linebreaks.get(styles).unwrap_or(automatic) == Linebreaks::Optimized,
        hanging: par.hanging_indent.resolve(styles),
        align: styles.get(AlignElem::alignment).fix(dir).x,
        size: styles.resolve(TextElem::size),
        hyphen_cost: justify::HYPHEN_COST * costs.hyphenation().get(),
        runt_cost: justify::RUNT_COST * costs.runt().get(),
    })
}

/// Parts lines between pages: no line alone at the foot of one or the head of the next, where the style forbids it.
fn onto_pages(lines: &[Frame], leading: Abs, styles: StyleChain, mut regions: Regions) -> Fragment {
    let costs = styles.get(TextElem::costs);
    let orphans = costs.orphan() > Ratio::zero() && lines.len() >= 2;
    let widows = costs.widow() > Ratio::zero() && lines.len() >= 2;
    let height = |i: usize| lines.get(i).map(Frame::height).unwrap_or_default();
    // The height that a line wants below it: its own, and that of the lines that stay with it.
    let need = |i: usize| match i {
        0 if orphans && widows && lines.len() == 3 => height(0) + leading + height(1) + leading + height(2),
        0 if orphans => height(0) + leading + height(1),
        i if widows && i >= 2 && i + 2 == lines.len() => height(i) + leading + height(i + 1),
        i => height(i),
    };
    let mut frames = Vec::new();
    let mut next = 0;
    loop {
        let mut frame = Frame::soft(Size::zero());
        let mut y = Abs::zero();
        // (A frame with empty lines of code only is empty as well.)
        let first = next;
        while let Some(line) = lines.get(next) {
            let from = if next == first { Abs::zero() } else { y + leading };
            let room = regions.size.y - from;
            let progress = !regions.backlog.is_empty() || regions.last.is_some_and(|full| full != room);
            let better = || regions.iter().nth(1).is_some_and(|region| region.y.fits(need(next)));
            if (!room.fits(line.height()) && progress) || (!room.fits(need(next)) && better()) {
                break;
            }
            y = from + line.height();
            frame.size_mut().y = y;
            frame.push_frame(Point::with_y(from), line.clone());
            next += 1;
        }
        frame.size_mut().x = lines.iter().map(Frame::width).max().unwrap_or_default();
        frames.push(frame);
        if next >= lines.len() {
            return Fragment::frames(frames);
        }
        regions.next();
    }
}
