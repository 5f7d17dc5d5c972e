//! Mermaid blocks drawn as SVG in the pages' own fonts and colours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mermaid_rs_renderer::{
    RenderOptions, compute_layout, measure_svg_dimensions, parse_mermaid_strict, render_svg,
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

/// Type size in diagrams, pt: a label in the margin's size stays readable when a wide diagram is scaled down.
const FONT_SIZE: f32 = 9.0;
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
    let drawn = catch_unwind(AssertUnwindSafe(|| -> Result<_, String> {
        let options = options();
        let parsed = parse_mermaid_strict(&plain).map_err(|error| error.to_string())?;
        let layout = compute_layout(&parsed.graph, &options.theme, &options.layout);
        let size = measure_svg_dimensions(&layout, &options.layout, None);
        Ok((render_svg(&layout, &options.theme, &options.layout), size))
    }));
    let (svg, size) = drawn.map_err(|_| "the renderer failed".to_owned())??;
    if !(size.width > 0.0 && size.height > 0.0 && size.width < 20_000.0 && size.height < 20_000.0) {
        return Err("it has no size".into());
    }
    Ok(Arc::new(Picture { svg, caption, alt, width: f64::from(size.width), height: f64::from(size.height) }))
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
    theme.font_family = "Source Sans 3".into();
    theme.font_size = FONT_SIZE;
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
    // Metrics of its own, not of whatever fonts the machine has: the same block gives the same picture everywhere.
    layout.fast_text_metrics = true;
    layout.node_spacing = 22.0;
    layout.rank_spacing = 26.0;
    layout.node_padding_x = 9.0;
    layout.node_padding_y = 6.0;
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
    fn what_is_no_diagram_is_refused() {
        assert!(draw("this is not mermaid").is_err());
        assert!(draw(&"x".repeat(100_000)).is_err());
    }
}
