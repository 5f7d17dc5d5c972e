//! `recto calibrate`: a sheet that shows how a printer misplaces backs, and the profiles made from it.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;
use serde_json::json;

use super::options::choice;
use super::printers::{self, Entry, Printers, Use};
use super::{CalibrateArgs, Failure, Outcome};
use crate::emit::pdf::{self, Standard};
use crate::emit::viewer::{Duplex, Preferences};
use crate::emit::write;
use crate::plan::impose::calibrate::{Along, Corner, Reading, STEP, STEPS, profile};
use crate::plan::impose::{Flip, Profile};
use crate::plan::length::Mm;
use crate::plan::stock::{Orientation, Paper};
use crate::typeset::calibrate::{CalibrateOptions, typeset};
use crate::typeset::fonts::Fonts;

/// Beyond this no printer strays, mm.
const MOST_MOVE: f64 = 10.0;

pub fn run(args: &CalibrateArgs) -> Result<Outcome, Failure> {
    let paper: Paper = args.paper.parse().map_err(|e| Failure::usage(format!("--paper: {e}")))?;
    let names = [("long-edge", Flip::LongEdge), ("short-edge", Flip::ShortEdge)];
    let flip = choice("--flip", args.flip.as_deref(), &names, Flip::LongEdge)?;
    if args.list {
        return list(&printers::path(args.printers.as_deref())?, args.json);
    }
    if args.set.is_none() && args.read.is_none() {
        return sheet(args, paper, flip);
    }
    let Some(printer) = &args.printer else {
        return Err(Failure::usage("a profile needs a name").hint("--printer NAME, any name you like"));
    };
    let mut found = match (&args.set, &args.read) {
        (Some(text), _) => values(text)?,
        (None, text) => {
            let readings = readings(text.as_deref().unwrap_or_default())?;
            profile(&readings, paper.size(), flip).ok_or_else(|| {
                Failure::usage("--read needs at least one scale across (Ax) and one down (Ay)")
                    .hint("read all eight for turn and scale, too")
            })?
        }
    };
    let path = printers::path(args.printers.as_deref())?;
    let mut known = Printers::read(&path)?;
    let stock = args.stock.as_deref().map(printers::stock_id);
    if args.add {
        let before = own(&known, args, flip)?;
        found = Profile {
            dx: before.dx + found.dx,
            dy: before.dy + found.dy,
            angle: before.angle + found.angle,
            scale: before.scale * found.scale,
        };
    }
    check(&found)?;
    let round = |value: f64, digits: i32| {
        let factor = 10f64.powi(digits);
        // No minus before a zero.
        (value * factor).round() / factor + 0.0
    };
    let entry = Entry {
        tray: args.tray.clone(),
        stock,
        flip,
        dx: round(found.dx.0, 3),
        dy: round(found.dy.0, 3),
        angle: round(found.angle, 4),
        scale: round(found.scale, 6),
    };
    known.set(printer, entry.clone());
    known.write(&path)?;
    if args.json {
        println!("{}", json!({ "file": path, "printer": printer, "profile": entry }));
    } else {
        println!("{printer}: {} in {}", described(&entry), path.display());
    }
    Ok(Outcome::Done)
}

/// The profile that a sheet for this printer was printed with.
fn own(known: &Printers, args: &CalibrateArgs, flip: Flip) -> Result<Profile, Failure> {
    let Some(printer) = &args.printer else { return Ok(Profile::default()) };
    let stock = args.stock.as_deref().map(printers::stock_id).unwrap_or_default();
    let wanted = Use { tray: args.tray.as_deref(), stock: &stock, flip, orientation: Orientation::Portrait };
    known.profile(printer, &wanted)
}

/// Writes the sheet, corrected where the printer has a profile.
fn sheet(args: &CalibrateArgs, paper: Paper, flip: Flip) -> Result<Outcome, Failure> {
    let profile = match &args.printer {
        None => Profile::default(),
        Some(_) => own(&Printers::read(&printers::path(args.printers.as_deref())?)?, args, flip)?,
    };
    let fonts = Fonts::load(&[], false).map_err(|errors| Failure::system(errors.join("; ")))?;
    let document = typeset(&fonts, &CalibrateOptions { paper, flip, profile }).map_err(Failure::system)?;
    let duplex = if flip == Flip::LongEdge { Duplex::LongEdge } else { Duplex::ShortEdge };
    let preferences = Preferences { actual_size: true, duplex: Some(duplex), tray_by_size: true };
    // The sheet is the same every day.
    let date = Date::constant(2000, 1, 1);
    let bytes =
        pdf::export(&document, "calibrate", date, Standard::Plain, &preferences).map_err(|errors| {
            Failure::system(errors.iter().map(|e| e.message.to_string()).collect::<Vec<_>>().join("; "))
        })?;
    let path = args.out.join("calibrate.pdf");
    write::if_changed(&path, &bytes).map_err(|e| Failure::system(e.to_string()))?;
    if args.json {
        println!("{}", json!({ "file": path, "paper": paper, "flip": flip }));
    } else {
        println!("{}: print it two-sided at actual size, and do as it says", path.display());
    }
    Ok(Outcome::Done)
}

fn list(path: &Path, as_json: bool) -> Result<Outcome, Failure> {
    let known = Printers::read(path)?;
    if as_json {
        let all: Vec<_> =
            known.iter().map(|(printer, entry)| json!({ "printer": printer, "profile": entry })).collect();
        println!("{}", json!({ "file": path, "profiles": all }));
        return Ok(Outcome::Done);
    }
    for (printer, entry) in known.iter() {
        println!("{printer}: {}", described(entry));
    }
    if known.iter().next().is_none() {
        println!("no profiles in {}", path.display());
    }
    Ok(Outcome::Done)
}

fn described(entry: &Entry) -> String {
    let tray = entry.tray.as_ref().map_or(String::new(), |tray| format!(", tray {tray}"));
    let stock = entry.stock.as_ref().map_or(String::new(), |stock| format!(", {stock}"));
    format!("dx {} mm, dy {} mm, {}°, × {}{tray}{stock}", entry.dx, entry.dy, entry.angle, entry.scale)
}

/// `name=number` pairs, each name once.
fn pairs(flag: &str, text: &str, names: &[String]) -> Result<Vec<(String, f64)>, Failure> {
    let mut found: Vec<(String, f64)> = Vec::new();
    let mut seen = BTreeSet::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let wrong = |what: String| {
            Failure::usage(format!("{flag}: {what}")).hint(format!("it takes {}", names.join(", ")))
        };
        let Some((name, value)) = pair.split_once('=') else {
            return Err(wrong(format!("`{pair}` is not of the form name=number")));
        };
        let name = name.trim();
        let Some(known) = names.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
            return Err(wrong(format!("there is no `{name}`")));
        };
        if !seen.insert(known.clone()) {
            return Err(wrong(format!("`{known}` stands twice")));
        }
        // The minus that word processors write is meant as one.
        let number = value.trim().replace('\u{2212}', "-").parse::<f64>().ok().filter(|n| n.is_finite());
        let Some(number) = number else { return Err(wrong(format!("`{}` is not a number", value.trim()))) };
        found.push((known.clone(), number));
    }
    if found.is_empty() {
        return Err(Failure::usage(format!("{flag} is empty")).hint(format!("it takes {}", names.join(", "))));
    }
    Ok(found)
}

/// `dx=0.3,dy=-0.2,angle=0.1,scale=1.001`.
fn values(text: &str) -> Result<Profile, Failure> {
    let mut profile = Profile::default();
    for (name, value) in pairs("--set", text, &["dx", "dy", "angle", "scale"].map(String::from))? {
        match name.as_str() {
            "dx" => profile.dx = Mm(value),
            "dy" => profile.dy = Mm(value),
            "angle" => profile.angle = value,
            _ => profile.scale = value,
        }
    }
    Ok(profile)
}

/// `Ax=0.3,Ay=-0.2,…`.
fn readings(text: &str) -> Result<Vec<Reading>, Failure> {
    let all: Vec<(String, Corner, Along)> = Corner::ALL
        .into_iter()
        .flat_map(|corner| {
            [("x", Along::X), ("y", Along::Y)]
                .map(|(letter, along)| (format!("{}{letter}", corner.name()), corner, along))
        })
        .collect();
    let names: Vec<String> = all.iter().map(|(name, ..)| name.clone()).collect();
    let most = STEP.0 * f64::from(STEPS);
    pairs("--read", text, &names)?
        .into_iter()
        .map(|(name, value)| {
            if value.abs() > most + 1e-9 {
                return Err(Failure::usage(format!(
                    "--read: {name}={value} is beyond the scale, which ends at {most}"
                )));
            }
            let found = all.iter().find(|(known, ..)| *known == name);
            found
                .map(|(_, corner, along)| Reading { corner: *corner, along: *along, value: Mm(value) })
                .ok_or_else(|| Failure::usage(format!("--read: there is no `{name}`")))
        })
        .collect()
}

fn check(profile: &Profile) -> Result<(), Failure> {
    for (name, value) in [("dx", profile.dx), ("dy", profile.dy)] {
        if value.0.abs() > MOST_MOVE {
            return Err(Failure::usage(format!(
                "{name} of {value} mm is not one of a printer: at most {MOST_MOVE} mm"
            )));
        }
    }
    if profile.angle.abs() > 5.0 {
        return Err(Failure::usage(format!(
            "an angle of {}° is not one of a printer: at most 5°",
            profile.angle
        )));
    }
    if !(0.9..=1.1).contains(&profile.scale) {
        return Err(Failure::usage(format!(
            "a scale of {} is not one of a printer: 0.9 to 1.1",
            profile.scale
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_readings_are_read_and_what_is_wrong_is_named() {
        let profile = values("dx=0.3, dy=\u{2212}0.2,angle=0.1,scale=1.001").unwrap();
        assert_eq!((profile.dx, profile.dy, profile.angle, profile.scale), (Mm(0.3), Mm(-0.2), 0.1, 1.001));
        assert_eq!(values("dy=1").unwrap(), Profile { dy: Mm(1.0), ..Profile::default() });
        for (wrong, said) in [
            ("dz=1", "`dz`"),
            ("dx=a", "`a`"),
            ("dx=1,dx=2", "twice"),
            ("", "empty"),
            ("dx", "name=number"),
            ("dx=inf", "`inf`"),
        ] {
            assert!(values(wrong).unwrap_err().message.contains(said), "{wrong}");
        }
        let read = readings("ax=0.3,Dy=-0.8").unwrap();
        assert_eq!(read[0], Reading { corner: Corner::A, along: Along::X, value: Mm(0.3) });
        assert_eq!(read[1], Reading { corner: Corner::D, along: Along::Y, value: Mm(-0.8) });
        assert!(readings("Ax=2.1").unwrap_err().message.contains("beyond"));
        assert!(readings("Ex=1").unwrap_err().hint.unwrap().contains("Ax"));
    }

    #[test]
    fn no_printer_is_that_far_off() {
        let with =
            |dx: f64, angle: f64, scale: f64| check(&Profile { dx: Mm(dx), dy: Mm(0.0), angle, scale });
        assert!(with(3.0, 0.5, 1.01).is_ok());
        assert!(
            with(30.0, 0.0, 1.0).is_err() && with(0.0, 9.0, 1.0).is_err() && with(0.0, 0.0, 0.5).is_err()
        );
    }
}
