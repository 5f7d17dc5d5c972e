//! Mermaid blocks drawn as SVG in the pages' own fonts and colours.
//!
//! The parser is the renderer's. Flowcharts, state and class diagrams, mind maps and plain sequences are drawn here: in the
//! renderer's drawings of them labels overlap and lines run through boxes, and a flowchart takes tens of milliseconds. The
//! other kinds it draws itself.

mod graph;
mod layers;
mod pen;
mod sequence;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mermaid_rs_renderer::{
    DiagramKind, Graph, ParseError, RenderOptions, compute_layout, measure_svg_dimensions, parse_mermaid,
    parse_mermaid_strict, render_svg,
};

/// A drawn diagram.
#[derive(Debug)]
pub struct Picture {
    pub svg: String,
    /// `accTitle:` of the block, or its `title:`.
    pub caption: Option<String>,
    /// `accDescr:`.
    pub alt: Option<String>,
    /// Natural size, pt.
    pub width: f64,
    pub height: f64,
}

/// Room of a diagram on a page, pt: larger ones are made smaller.
const WIDTH: f64 = 334.0;
const HEIGHT: f64 = 312.0;
/// Type size at which the renderer lays out, px, whatever size it is asked for, and ours, pt.
const RENDERER_SIZE: f32 = 16.0;
const SIZE: f32 = 9.0;
/// A font that no machine has: the renderer then takes its own table of widths, and the picture is the same everywhere.
const NO_FONT: &str = "recto-no-font";
/// Longer blocks are a program's output, not a drawing.
const MAX_BYTES: usize = 64 << 10;

/// Draws a block.
///
/// # Errors
/// What the renderer refuses, in its words.
pub fn draw(source: &str) -> Result<Arc<Picture>, String> {
    drawn(source)
}

/// Remembered with the compiler's own work, so that a second build of a process draws nothing again.
#[comemo::memoize]
fn drawn(source: &str) -> Result<Arc<Picture>, String> {
    if source.len() > MAX_BYTES {
        return Err(format!("it has more than {} kB", MAX_BYTES >> 10));
    }
    let (plain, caption, alt) = accessible(source);
    // The renderer is young; a panic of its must not take the build along.
    let drawn = catch_unwind(AssertUnwindSafe(|| render(&parse(&plain)?)));
    let (svg, width, height) = drawn.map_err(|_| "the renderer failed".to_owned())??;
    if !(width > 0.0 && height > 0.0 && width < 20_000.0 && height < 20_000.0) {
        return Err("it has no size".into());
    }
    // A picture that is too high for a page is made smaller.
    let scale = (1.6 * HEIGHT / height).min(1.0);
    Ok(Arc::new(Picture { svg, caption, alt, width: width * scale, height: height * scale }))
}

fn parse(source: &str) -> Result<Graph, String> {
    let source = &indented(source);
    let parsed = match parse_mermaid_strict(source) {
        // Mermaid takes a participant that is not declared, and `<<interface>>` on a line of its own.
        Err(ParseError::UnknownParticipant { .. }) => {
            parse_mermaid(source).map_err(|error| error.to_string())?
        }
        Err(ParseError::UnexpectedToken { found, .. }) if found.starts_with("<<") => {
            parse_mermaid(source).map_err(|error| error.to_string())?
        }
        other => other.map_err(|error| error.to_string())?,
    };
    // What the parser does not know, it takes for a part of a name.
    match parsed.graph.nodes.keys().find(|id| id.starts_with('>') || id.ends_with('@')) {
        Some(id) => Err(format!("an arrow or a shape at `{id}` is not known")),
        None => Ok(parsed.graph),
    }
}

/// A mind map with two spaces for each level, as the parser counts them; Mermaid takes any deeper line for a child.
fn indented(source: &str) -> Cow<'_, str> {
    let mut lines = source.lines();
    let head = lines.by_ref().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if head.trim() != "mindmap" {
        return source.into();
    }
    let mut levels: Vec<usize> = Vec::new();
    let mut out = "mindmap\n".to_owned();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let indent: usize =
            line.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum();
        while levels.last().is_some_and(|level| *level >= indent) {
            levels.pop();
        }
        levels.push(indent);
        out.push_str(&"  ".repeat(levels.len()));
        out.push_str(line.trim());
        out.push('\n');
    }
    out.into()
}

/// The picture with its width and height, pt.
fn render(graph: &Graph) -> Result<(String, f64, f64), String> {
    let own = match graph.kind {
        DiagramKind::Flowchart | DiagramKind::State | DiagramKind::Class => graph::draw(graph),
        DiagramKind::Sequence => sequence::draw(graph),
        DiagramKind::Mindmap => graph::draw_mindmap(graph),
        _ => None,
    };
    if let Some(picture) = own {
        return Ok(picture);
    }
    let options = options();
    let layout = compute_layout(graph, &options.theme, &options.layout);
    let size = measure_svg_dimensions(&layout, &options.layout, None);
    let svg = render_svg(&layout, &options.theme, &options.layout).replace(NO_FONT, "Recto Sans");
    let scale = f64::from(SIZE / RENDERER_SIZE);
    Ok((svg, f64::from(size.width) * scale, f64::from(size.height) * scale))
}

/// Takes Mermaid's accessibility lines out: the source without them, title and description.
fn accessible(source: &str) -> (String, Option<String>, Option<String>) {
    let mut plain = String::with_capacity(source.len());
    let (mut title, mut description) = (None, None);
    let mut block: Option<String> = None;
    for line in source.lines() {
        let trimmed = line.trim();
        if let Some(text) = &mut block {
            // `accDescr { … }` over several lines.
            match trimmed.strip_suffix('}') {
                Some(rest) => {
                    text.push_str(rest);
                    description = block.take().map(|t| t.trim().to_owned());
                }
                None => {
                    text.push_str(trimmed);
                    text.push(' ');
                }
            }
        } else if let Some(rest) = trimmed.strip_prefix("accTitle") {
            title = Some(rest.trim_start_matches([':', ' ']).trim().to_owned());
        } else if let Some(rest) = trimmed.strip_prefix("accDescr") {
            match rest.trim_start().strip_prefix('{') {
                Some(rest) => match rest.trim_end().strip_suffix('}') {
                    Some(whole) => description = Some(whole.trim().to_owned()),
                    None => block = Some(format!("{} ", rest.trim())),
                },
                None => description = Some(rest.trim_start_matches([':', ' ']).trim().to_owned()),
            }
        } else {
            plain.push_str(line);
            plain.push('\n');
        }
    }
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    (plain, some(title), some(description))
}

fn options() -> RenderOptions {
    let mut options = RenderOptions::modern();
    let theme = &mut options.theme;
    theme.font_family = NO_FONT.into();
    theme.font_size = RENDERER_SIZE;
    for colour in [
        &mut theme.primary_color,
        &mut theme.secondary_color,
        &mut theme.tertiary_color,
        &mut theme.cluster_background,
        &mut theme.sequence_actor_fill,
        &mut theme.sequence_note_fill,
        &mut theme.sequence_activation_fill,
    ] {
        *colour = "#f6f6f7".into();
    }
    for colour in [&mut theme.background, &mut theme.edge_label_background] {
        *colour = "#ffffff".into();
    }
    for colour in [&mut theme.primary_text_color, &mut theme.text_color] {
        *colour = "#1c1c1e".into();
    }
    for colour in [
        &mut theme.primary_border_color,
        &mut theme.line_color,
        &mut theme.cluster_border,
        &mut theme.sequence_actor_border,
        &mut theme.sequence_actor_line,
        &mut theme.sequence_note_border,
        &mut theme.sequence_activation_border,
    ] {
        *colour = "#5b5b62".into();
    }
    let layout = &mut options.layout;
    layout.fast_text_metrics = true;
    layout.label_line_height = 1.3;
    layout.node_spacing = 40.0;
    layout.rank_spacing = 40.0;
    layout.node_padding_x = 16.0;
    layout.node_padding_y = 10.0;
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accessibility_lines_become_caption_and_alt_text() {
        let source = "flowchart LR\n  accTitle: From text to pages\n  accDescr: An arrow from text to pages\n  A[Text] --> B[Pages]\n";
        let picture = draw(source).unwrap();
        assert_eq!(picture.caption.as_deref(), Some("From text to pages"));
        assert_eq!(picture.alt.as_deref(), Some("An arrow from text to pages"));
        assert!(picture.svg.contains("Text") && !picture.svg.contains("accTitle"));
    }

    #[test]
    fn the_kinds_drawn_here_show_every_label_in_our_font() {
        let sources = [
            "flowchart TD\n  A[One] -->|first| B{Two?}\n  B -.->|again| A\n  B ==> C([Three])\n  C --> C\n  C --o D[(Four)]\n",
            "stateDiagram-v2\n  [*] --> One\n  One --> Two: first\n  Two --> One: again\n  Two --> [*]\n  note right of One: Three\n",
            "classDiagram\n  class One {\n    <<interface>>\n    +first()\n  }\n  One <|-- Two\n  Three ..> One : again\n",
            "sequenceDiagram\n  participant A as One\n  participant B as Two\n  A->>B: first\n  B-->>A: again\n  A->>A: Three\n",
            "mindmap\n root((One))\n   Two\n     first\n     again\n   Three\n",
        ];
        for source in sources {
            let picture = draw(source).unwrap_or_else(|error| panic!("{source}: {error}"));
            for label in ["One", "Two", "Three", "first", "again"] {
                assert!(
                    picture.svg.contains(label) || !source.contains(label),
                    "{label} is missing: {}",
                    picture.svg
                );
            }
            assert!(picture.svg.contains("font-family=\"Recto Sans\"") && !picture.svg.contains(NO_FONT));
            assert!(
                picture.width < WIDTH && picture.height < HEIGHT,
                "{source}: {} × {}",
                picture.width,
                picture.height
            );
        }
    }

    #[test]
    fn what_only_the_renderer_knows_is_drawn_by_it_in_our_font_and_size() {
        for source in [
            "flowchart TD\n  subgraph G [Group]\n  A --> B\n  end\n  B --> C\n",
            "sequenceDiagram\n  participant A\n  A->>B: hello\n  Note over A: Größe\n",
            "pie title Pets\n  \"Dogs\" : 3\n  \"Cats\" : 5\n",
        ] {
            let picture = draw(source).unwrap_or_else(|error| panic!("{source}: {error}"));
            assert!(picture.svg.contains("Recto Sans") && !picture.svg.contains(NO_FONT), "{}", picture.svg);
            assert!(picture.width < WIDTH, "{source}: {}", picture.width);
        }
    }

    #[test]
    fn a_mind_map_may_be_indented_by_any_number_of_spaces() {
        let one = draw("mindmap\n root\n  One\n   Two\n  Three\n").unwrap();
        let four = draw("mindmap\n    root\n        One\n            Two\n        Three\n").unwrap();
        assert_eq!(one.svg, four.svg);
    }

    #[test]
    fn a_picture_that_would_be_too_wide_is_turned() {
        let chain: String = (0..6)
            .map(|i| format!("  N{i}[Step number {i}] --> N{}[Step number {}]\n", i + 1, i + 1))
            .collect();
        let picture = draw(&format!("flowchart LR\n{chain}")).unwrap();
        assert!(
            picture.width < WIDTH / 2.0 && picture.height > 150.0,
            "{} × {}",
            picture.width,
            picture.height
        );
    }

    #[test]
    fn labels_cannot_break_the_picture() {
        let picture = draw(
            "flowchart LR\n  A[\"a < b & c > \u{7}d\"] -->|\"x < y\"| B\n  style B fill:red\"/><script>\n",
        )
        .unwrap();
        assert!(picture.svg.contains("a &lt; b &amp; c &gt; d"), "{}", picture.svg);
        assert!(!picture.svg.contains("<script>"));
    }

    #[test]
    fn what_is_no_diagram_is_refused() {
        assert!(draw("this is not mermaid").is_err());
        assert!(draw(&"x".repeat(100_000)).is_err());
    }
}
