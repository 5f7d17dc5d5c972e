//! Sequence diagrams of participants and messages.

use std::collections::HashMap;

use mermaid_rs_renderer::ir::{EdgeDecoration, EdgeStyle, Graph};

use super::WIDTH;
use super::pen::{GREY, INK, LEADING, PAPER, Pen, Svg, Text};

const GAP: f64 = 12.0;
/// Width of a message's line to its own sender.
const OWN: f64 = 18.0;

/// Draws it; `None` if it has something that only the renderer knows (frames, notes, activations, groups).
pub fn draw(graph: &Graph) -> Option<(String, f64, f64)> {
    let plain = graph.sequence_frames.is_empty()
        && graph.sequence_notes.is_empty()
        && graph.sequence_activations.is_empty()
        && graph.sequence_boxes.is_empty();
    if !plain || graph.sequence_participants.is_empty() {
        return None;
    }
    let ids = &graph.sequence_participants;
    let numbers: HashMap<&str, usize> = ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let heads: Vec<Text> =
        ids.iter().map(|id| Text::new(graph.nodes.get(id).map_or(id.as_str(), |n| &n.label), 90.0)).collect();
    let ends = graph
        .edges
        .iter()
        .map(|e| Some((*numbers.get(e.from.as_str())?, *numbers.get(e.to.as_str())?)))
        .collect::<Option<Vec<_>>>()?;
    // Narrower texts until the picture fits.
    let mut chosen = None;
    for most in [130.0, 100.0, 75.0, 55.0] {
        let texts: Vec<Text> = graph
            .edges
            .iter()
            .enumerate()
            .map(|(i, edge)| {
                let text = edge.label.as_deref().unwrap_or_default();
                match graph.sequence_autonumber {
                    Some(first) => Text::new(&format!("{}. {text}", first + i), most),
                    None => Text::new(text, most),
                }
            })
            .collect();
        let columns = columns(&heads, &ends, &texts);
        let wide = columns.last().copied().unwrap_or(0.0) > WIDTH - 50.0;
        chosen = Some((columns, texts));
        if !wide {
            break;
        }
    }
    let (columns, texts) = chosen?;
    let x = |column: usize| columns.get(column).copied().unwrap_or(0.0);
    let head = heads.iter().map(|h| h.height).fold(0.0, f64::max) + 8.0;
    let mut y = head + 4.0;
    let mut rows = Vec::with_capacity(texts.len());
    for (text, (from, to)) in texts.iter().zip(&ends) {
        if from == to {
            y += text.height.max(14.0) + 6.0;
        } else {
            y += if text.is_empty() { 12.0 } else { text.height + 5.5 };
        }
        rows.push(y);
    }
    let mut svg = Svg::default();
    for column in 0..ids.len() {
        svg.line(
            &[(x(column), head), (x(column), y + 9.0)],
            &Pen { stroke: "#a6a6ad", width: 0.6, ..Pen::default() },
        );
    }
    for (i, head_text) in heads.iter().enumerate() {
        let width = head_width(head_text);
        svg.rect(x(i) - width / 2.0, 0.0, width, head, 2.0, &Pen { fill: PAPER, ..Pen::default() });
        svg.label(x(i), head / 2.0, head_text, INK);
    }
    for (((edge, text), (from, to)), y) in graph.edges.iter().zip(&texts).zip(&ends).zip(rows) {
        let pen = Pen { dashes: (edge.style == EdgeStyle::Dotted).then_some("2.4 2"), ..Pen::default() };
        let (a, b) = (x(*from), x(*to));
        let way = if from == to { -1.0 } else { (b - a).signum() };
        let cross = edge.end_decoration == Some(EdgeDecoration::Cross);
        let stop = if edge.arrow_end && !cross { b - way * 4.5 } else { b };
        if from == to {
            let top = y - text.height.max(14.0);
            let middle = (top + y) / 2.0;
            svg.line(
                &[(a, middle - 5.0), (a + OWN, middle - 5.0), (a + OWN, middle + 5.0), (stop, middle + 5.0)],
                &pen,
            );
            arrow(b, middle + 5.0, way, edge.arrow_end, cross, &mut svg);
            for (i, line) in text.lines.iter().enumerate() {
                let y = middle + (i as f64 - (text.lines.len() as f64 - 1.0) / 2.0) * LEADING;
                svg.text(a + OWN + 5.0, y, line, "start", "", INK);
            }
            continue;
        }
        let middle = (a + b) / 2.0;
        if from.abs_diff(*to) > 1 && !text.is_empty() {
            // The lines of the participants between must not run through the text.
            let (w, h) = (text.width + 4.0, text.height);
            svg.rect(
                middle - w / 2.0,
                y - 1.5 - h,
                w,
                h,
                0.0,
                &Pen { stroke: "none", fill: "#ffffff", ..Pen::default() },
            );
        }
        svg.label(middle, y - 2.0 - text.height / 2.0, text, INK);
        svg.line(&[(a, y), (stop, y)], &pen);
        arrow(b, y, way, edge.arrow_end, cross, &mut svg);
    }
    Some(svg.finish())
}

fn head_width(text: &Text) -> f64 {
    (text.width + 16.0).max(40.0)
}

/// Places of the participants' lines: far enough apart for their names and for the texts between them.
fn columns(heads: &[Text], ends: &[(usize, usize)], texts: &[Text]) -> Vec<f64> {
    let mut pitches: Vec<f64> =
        heads.windows(2).map(|pair| pair.iter().map(|h| head_width(h) / 2.0).sum::<f64>() + GAP).collect();
    let mut needs: Vec<(usize, usize, f64)> = ends
        .iter()
        .zip(texts)
        .map(|((from, to), text)| match from == to {
            true => (*from, from + 1, OWN + text.width + 12.0),
            false => (*from.min(to), *from.max(to), text.width + 14.0),
        })
        .collect();
    needs.sort_by_key(|(from, to, _)| to - from);
    for (from, to, need) in needs {
        let Some(between) = pitches.get_mut(from..to) else { continue };
        let lack = need - between.iter().sum::<f64>();
        if lack > 0.0 {
            let share = lack / between.len() as f64;
            between.iter_mut().for_each(|p| *p += share);
        }
    }
    let mut out = vec![0.0];
    for pitch in pitches {
        out.push(out.last().copied().unwrap_or(0.0) + pitch);
    }
    out
}

fn arrow(x: f64, y: f64, way: f64, filled: bool, cross: bool, svg: &mut Svg) {
    if cross {
        let plain = Pen::default();
        svg.line(&[(x - way * 6.4, y - 2.2), (x - way * 2.0, y + 2.2)], &plain);
        svg.line(&[(x - way * 6.4, y + 2.2), (x - way * 2.0, y - 2.2)], &plain);
    } else if filled {
        let solid = Pen { fill: GREY, width: 0.4, ..Pen::default() };
        svg.polygon(
            &[(x - way * 0.4, y), (x - way * 5.6, y - 2.3), (x - way * 4.6, y), (x - way * 5.6, y + 2.3)],
            &solid,
        );
    }
}
