//! The calibration sheet: what a printer does to backs, to be read off with the eye.

use std::sync::Arc;

use serde_json::{Value, json};
use typst::foundations::Bytes;
use typst_layout::PagedDocument;

use super::compile::{self, Job};
use super::fonts::Fonts;
use super::layouts::EMBEDDED;
use super::world::Files;
use crate::plan::impose::calibrate::{Along, STEPS, Scale, scales};
use crate::plan::impose::{Affine, Flip, Profile};
use crate::plan::length::{Line, Mm, Point};
use crate::plan::stock::{Orientation, Paper};

/// What the sheet is made for.
#[derive(Debug, Clone, Copy)]
pub struct CalibrateOptions {
    pub paper: Paper,
    pub flip: Flip,
    /// Applied to the back: with the printer's own, all scales read 0.
    pub profile: Profile,
}

/// Typesets the sheet: a front and a back page.
///
/// # Errors
/// The compiler's messages; the layout is embedded, so these are faults of ours.
pub fn typeset(fonts: &Arc<Fonts>, options: &CalibrateOptions) -> Result<PagedDocument, String> {
    let mut files = Files::default();
    for (path, text) in EMBEDDED {
        files.insert(&format!("/layouts/{path}"), Bytes::from_string(*text))?;
    }
    let job = Job {
        name: "/data/calibrate.typ".into(),
        main: "#import \"/layouts/calibrate.typ\": sheet\n#sheet(json(\"/data/calibrate.json\"))\n".into(),
        data: vec![("/data/calibrate.json".into(), data(options))],
    };
    match compile::compile(fonts, &Arc::new(files), &job, None) {
        Ok(compiled) => Ok(compiled.document.clone()),
        Err(errors) => Err(errors.iter().map(|e| e.message.to_string()).collect::<Vec<_>>().join("; ")),
    }
}

fn data(options: &CalibrateOptions) -> Value {
    let sheet = options.paper.size();
    let scales = scales(sheet);
    let line = |l: Line| json!([l.from.x.0, l.from.y.0, l.to.x.0, l.to.y.0]);
    let steps = || -STEPS..=STEPS;
    let mut front: Vec<Value> = Vec::new();
    let mut labels: Vec<Value> = Vec::new();
    let mut names: Vec<Value> = Vec::new();
    for scale in &scales {
        front.extend(steps().map(|k| line(scale.front_stroke(k))));
        labels.extend(steps().filter(|k| k % 5 == 0).map(|k| label(scale, k, options.flip)));
        let Point { x, y } = scale.middle;
        let (x, y) = match scale.along {
            Along::X => (x, y + Mm(7.2)),
            Along::Y => (x + Mm(7.5), y),
        };
        names.push(json!({ "x": x.0, "y": y.0, "text": scale.name() }));
    }
    let axis = options.flip.axis(Orientation::Portrait);
    let correction: Affine = options.profile.correction(sheet);
    let behind = |l: Line| correction.apply_line(axis.mirror_line(l, sheet));
    let back: Vec<Value> =
        scales.iter().flat_map(|s| steps().map(|k| line(behind(s.back_stroke(k))))).collect();
    let (ruler_x, ruler_y) = (sheet.width.0 / 2.0 - 50.0, sheet.height.0 / 2.0 + 78.0);
    json!({
        "width": sheet.width.0, "height": sheet.height.0, "title": "Calibration sheet",
        "front": {
            "lines": front, "labels": labels, "names": names, "title": "Calibration sheet",
            "steps": help(options),
            "help": [45.0, 45.0, sheet.width.0 - 90.0, sheet.height.0 / 2.0 + 28.0],
            "ruler": { "lines": ruler(ruler_x, ruler_y), "x": ruler_x + 50.0, "y": ruler_y + 3.5 },
        },
        "back": { "lines": back },
    })
}

/// The number beside a stroke: by how much the back is to be moved where this stroke meets one from behind.
fn label(scale: &Scale, k: i32, flip: Flip) -> Value {
    let end = scale.front_stroke(k).to;
    let (x, y) = match scale.along {
        Along::X => (end.x, scale.middle.y - Mm(7.2)),
        Along::Y => (scale.middle.x - Mm(8.0), end.y),
    };
    // A hyphen is what the command line takes.
    let value = format!("{:.1}", scale.correction(k, flip).0);
    let value = if k == 0 { "0".to_owned() } else { value };
    json!({ "x": x.0, "y": y.0, "text": value })
}

fn ruler(x: f64, y: f64) -> Vec<Value> {
    let mut lines = vec![json!([x, y, x + 100.0, y])];
    lines.extend((0..=10).map(|i| {
        let at = x + f64::from(i) * 10.0;
        json!([at, y - if i % 5 == 0 { 3.0 } else { 2.0 }, at, y])
    }));
    lines
}

fn help(options: &CalibrateOptions) -> Vec<String> {
    let (edge, flag) = match options.flip {
        Flip::LongEdge => ("long", "long-edge"),
        Flip::ShortEdge => ("short", "short-edge"),
    };
    let paper = options.paper.id();
    vec![
        format!(
            "Print both pages of this file on one sheet of {}: actual size (100%), two-sided, turned over the {edge} \
             edge, from the tray and on the paper that you use for cards.",
            options.paper
        ),
        "Measure the ruler. If it is not 100 mm long, the print was scaled: switch that off and print again.".into(),
        "Hold the sheet against a light, this side towards you. In each of the eight scales, Ax to Dy, find the stroke \
         that runs straight on into one from behind, and read its number; from stroke to stroke it is 0.1."
            .into(),
        format!(
            "Tell Recto: `recto calibrate --printer NAME --paper {paper} --flip {flag} --read \
             Ax=0.3,Ay=-0.2,Bx=…,By=…,Cx=…,Cy=…,Dx=…,Dy=…`"
        ),
        format!(
            "See whether it is right: print the sheet of `recto calibrate --printer NAME --paper {paper} --flip {flag}`; \
             all scales read 0. What is left can be given with `--read … --add`."
        ),
        "If no strokes meet, the back is off by about 1 mm or more. Measure how far, seen from the back, it has to go to \
         the right and down, give that with `--set dx=…,dy=…`, and begin with step 5."
            .into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_what_the_command_line_takes() {
        let scales = scales(Paper::A4.size());
        let text = |scale: &Scale, k, flip| label(scale, k, flip)["text"].as_str().unwrap().to_owned();
        assert_eq!(text(&scales[0], 5, Flip::LongEdge), "0.5");
        assert_eq!(text(&scales[0], 5, Flip::ShortEdge), "-0.5");
        assert_eq!(text(&scales[1], 5, Flip::LongEdge), "-0.5");
        assert_eq!(text(&scales[1], 0, Flip::LongEdge), "0");
    }
}
