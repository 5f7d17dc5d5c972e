//! PDFs read back by a parser that is not the one that wrote them: where each glyph and each line stands, in mm from the
//! page's upper left corner.

use hayro_interpret::font::{Glyph as PdfGlyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::kurbo::{Affine, BezPath, CubicBez, ParamCurve, PathEl, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, interpret_page,
};

const MM: f64 = 25.4 / 72.0;

/// A page as it is drawn.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub width: f64,
    pub height: f64,
    /// In the order in which they are drawn.
    pub glyphs: Vec<Glyph>,
    /// Straight strokes.
    pub lines: Vec<Stroke>,
    /// Curved strokes, as points along them.
    pub curves: Vec<Vec<Point>>,
    /// Boxes of filled shapes.
    pub fills: Vec<Rect>,
    /// Boxes of pictures.
    pub images: Vec<Rect>,
}

#[derive(Debug, Clone)]
pub struct Glyph {
    pub text: String,
    /// The origin on the baseline.
    pub origin: Point,
    /// Where the next glyph begins.
    pub end: Point,
    /// Degrees clockwise.
    pub angle: f64,
    /// Type size, mm.
    pub size: f64,
    /// Of the outline; `None` for a space.
    pub bounds: Option<Rect>,
    /// The area of the outline, mm².
    pub ink: f64,
}

#[derive(Debug, Clone, Copy)]
pub struct Stroke {
    pub from: Point,
    pub to: Point,
    pub dashed: bool,
}

impl Stroke {
    pub fn length(&self) -> f64 {
        self.from.distance(self.to)
    }
}

impl Seen {
    pub fn text(&self) -> String {
        self.glyphs.iter().map(|g| g.text.as_str()).collect()
    }
}

/// All pages of a PDF.
pub fn read(bytes: &[u8]) -> Vec<Seen> {
    let pdf = Pdf::new(bytes.to_vec()).expect("a PDF that parses");
    let cache = InterpreterCache::new();
    let pages = pdf.pages();
    pages
        .iter()
        .map(|page| {
            let (width, height) = page.render_dimensions();
            let (width, height) = (f64::from(width), f64::from(height));
            let settings = InterpreterSettings::default();
            let bounds = Rect::new(0.0, 0.0, width, height);
            let flip = Affine::new([MM, 0.0, 0.0, -MM, 0.0, height * MM]);
            let mut context = Context::new(Affine::IDENTITY, bounds, &cache, pdf.xref(), settings);
            let mut reader = Reader { flip, seen: Seen::default() };
            interpret_page(page, &mut context, &mut reader);
            Seen { width: width * MM, height: height * MM, ..reader.seen }
        })
        .collect()
}

struct Reader {
    flip: Affine,
    seen: Seen,
}

impl<'a> Device<'a> for Reader {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        let path = self.flip * props.transform * path.clone();
        match mode {
            DrawMode::Stroke(stroke) => {
                let dashed = !stroke.dash_array.is_empty();
                let mut at = Point::ZERO;
                let mut curve: Vec<Point> = Vec::new();
                for element in path.elements() {
                    match element {
                        PathEl::MoveTo(p) => at = *p,
                        PathEl::LineTo(p) => {
                            self.seen.lines.push(Stroke { from: at, to: *p, dashed });
                            at = *p;
                        }
                        PathEl::CurveTo(a, b, p) => {
                            let piece = CubicBez::new(at, *a, *b, *p);
                            // A curve that begins where the last one ends goes on with it.
                            if curve.last().is_some_and(|last| last.distance(at) > 1e-6) {
                                self.seen.curves.push(std::mem::take(&mut curve));
                            }
                            curve.extend((0..=16).map(|i| piece.eval(f64::from(i) / 16.0)));
                            at = *p;
                        }
                        _ => {}
                    }
                }
                if !curve.is_empty() {
                    self.seen.curves.push(curve);
                }
            }
            DrawMode::Fill(_) | DrawMode::FillAndStroke(..) => self.seen.fills.push(path.bounding_box()),
            DrawMode::Invisible => {}
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let map = self.flip * props.transform * glyph.transform();
            let text = match glyph.as_unicode() {
                Some(BfString::Char(c)) => c.to_string(),
                Some(BfString::String(s)) => s,
                None => "\u{fffd}".into(),
            };
            let (outline, advance) = match &**glyph {
                PdfGlyph::Outline(g) => (g.outline(), f64::from(g.advance_width().unwrap_or(0.0))),
                PdfGlyph::Type3(g) => (BezPath::new(), f64::from(g.advance_width().unwrap_or(0.0))),
            };
            let origin = map * Point::ZERO;
            let along = map * Point::new(1.0, 0.0) - origin;
            let outline = map * outline;
            let ink = outline.area().abs();
            let bounds = (!outline.elements().is_empty()).then(|| outline.bounding_box());
            let end = map * Point::new(advance, 0.0);
            let (angle, size) = (along.atan2().to_degrees(), along.hypot() * 1000.0);
            self.seen.glyphs.push(Glyph { text, origin, end, angle, size, bounds, ink });
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let bounds = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        self.seen.images.push((self.flip * props.transform).transform_rect_bbox(bounds));
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
