//! Printer profiles: how far each printer misplaces backs, kept in the user's configuration folder, never in a pack.
//!
//! ```yaml
//! office:
//! - {flip: long-edge, dx: 0.3, dy: -0.2, angle: 0.1, scale: 1.001}
//! - {tray: bypass, stock: avery-5371, flip: long-edge, dx: 0.5, dy: 0.0, angle: 0.0, scale: 1.0}
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Failure, Outcome};
use crate::emit::write;
use crate::plan::impose::{Flip, Profile};
use crate::plan::stock::{self, Orientation};
use crate::vault::suggest::nearest;

const HEADER: &str =
    "# Written by recto calibrate: by how much each printer's backs are moved (mm, degrees clockwise).\n";

/// The whole file: printers by name, each with its profiles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Printers(BTreeMap<String, Vec<Entry>>);

/// A profile and what it holds for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// `None` for every tray without a profile of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tray: Option<String>,
    /// A stock's id; `None` for every stock without a profile of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<String>,
    /// The edge over which the sheets were turned when it was measured, on upright sheets.
    #[serde(default)]
    pub flip: Flip,
    #[serde(default)]
    pub dx: f64,
    #[serde(default)]
    pub dy: f64,
    #[serde(default)]
    pub angle: f64,
    #[serde(default = "one")]
    pub scale: f64,
}

fn one() -> f64 {
    1.0
}

impl Entry {
    pub fn profile(&self) -> Profile {
        use crate::plan::length::Mm;
        Profile { dx: Mm(self.dx), dy: Mm(self.dy), angle: self.angle, scale: self.scale }
    }
}

/// What is printed on, for the profile that suits it best.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    pub tray: Option<&'a str>,
    /// The stock's id.
    pub stock: &'a str,
    pub flip: Flip,
    pub orientation: Orientation,
}

/// The file: `--printers FILE`, else `recto/printers.yaml` in the user's configuration folder.
///
/// # Errors
/// Where there is no such folder.
pub fn path(flag: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = flag {
        return Ok(path.to_owned());
    }
    config_folder(
        |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from),
        std::env::consts::OS,
    )
    .map(|folder| folder.join("recto").join("printers.yaml"))
    .ok_or_else(|| {
        Failure::usage("there is no folder for your settings: HOME is not set")
            .hint("name a file: --printers FILE")
    })
}

/// As each system has it: the XDG folder, macOS' application support, Windows' roaming data.
fn config_folder(var: impl Fn(&str) -> Option<PathBuf>, system: &str) -> Option<PathBuf> {
    match system {
        "windows" => var("APPDATA"),
        "macos" => var("HOME").map(|home| home.join("Library").join("Application Support")),
        _ => var("XDG_CONFIG_HOME")
            .filter(|p| p.is_absolute())
            .or_else(|| var("HOME").map(|home| home.join(".config"))),
    }
}

impl Printers {
    /// Reads the file; no file is no printers.
    ///
    /// # Errors
    /// The system's, and a file that is not what `recto calibrate` writes.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|error| Failure {
                outcome: Outcome::Usage,
                message: format!("{}: {error}", path.display()),
                hint: Some("correct the line, or remove the file and calibrate again".into()),
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Failure::system(format!("{} cannot be read: {error}", path.display()))),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let map: Option<BTreeMap<String, Vec<Entry>>> =
            serde_yaml::from_str(text).map_err(|e| e.to_string())?;
        Ok(Self(map.unwrap_or_default()))
    }

    fn to_text(&self) -> Result<String, String> {
        Ok(format!("{HEADER}{}", serde_yaml::to_string(&self.0).map_err(|e| e.to_string())?))
    }

    /// # Errors
    /// The system's.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = self.to_text().map_err(Failure::system)?;
        write::if_changed(path, text.as_bytes()).map(|_| ()).map_err(|e| Failure::system(e.to_string()))
    }

    /// Puts a profile in the place of the one for the same tray and stock.
    pub fn set(&mut self, printer: &str, entry: Entry) {
        let entries = self.0.entry(printer.to_owned()).or_default();
        entries.retain(|e| (&e.tray, &e.stock) != (&entry.tray, &entry.stock));
        entries.push(entry);
        entries.sort_by(|a, b| (&a.tray, &a.stock).cmp(&(&b.tray, &b.stock)));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().flat_map(|(name, entries)| entries.iter().map(move |e| (name.as_str(), e)))
    }

    /// The correction for a print: the profile that names most of tray and stock, the tray before the stock.
    ///
    /// # Errors
    /// When the printer has no profile for it.
    pub fn profile(&self, printer: &str, wanted: &Use) -> Result<Profile, Failure> {
        let Some(entries) = self.0.get(printer) else {
            let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
            let failure = Failure::usage(format!("there is no profile of a printer `{printer}`"));
            return Err(match nearest(printer, names.iter().copied()) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None if names.is_empty() => failure.hint("make one with `recto calibrate`"),
                None => {
                    failure.hint(format!("the printers are {}; `recto calibrate` adds one", names.join(", ")))
                }
            });
        };
        let fits = |e: &&Entry| {
            e.tray.as_deref().is_none_or(|tray| Some(tray) == wanted.tray)
                && e.stock.as_deref().is_none_or(|stock| stock == wanted.stock)
        };
        let best = entries.iter().filter(fits).max_by_key(|e| (e.tray.is_some(), e.stock.is_some()));
        best.map(|e| e.profile().on(e.flip, wanted.flip, wanted.orientation)).ok_or_else(|| {
            let tray = wanted.tray.map_or(String::new(), |tray| format!(" in tray `{tray}`"));
            Failure::usage(format!("the printer `{printer}` has no profile for {}{tray}", wanted.stock))
                .hint("`recto calibrate --set …` without --tray and --stock makes one for all")
        })
    }
}

/// A stock's id from any of its names; the names of a pack's own stocks stay as they are.
pub fn stock_id(name: &str) -> String {
    stock::find(name).map_or_else(|_| name.to_owned(), |entry| entry.id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::length::Mm;

    fn entry(tray: Option<&str>, stock: Option<&str>, dx: f64) -> Entry {
        let own = |s: Option<&str>| s.map(str::to_owned);
        Entry {
            tray: own(tray),
            stock: own(stock),
            flip: Flip::LongEdge,
            dx,
            dy: 0.0,
            angle: 0.0,
            scale: 1.0,
        }
    }

    #[test]
    fn the_most_particular_profile_counts() {
        let mut printers = Printers::default();
        printers.set("office", entry(None, None, 0.1));
        printers.set("office", entry(Some("bypass"), None, 0.2));
        printers.set("office", entry(None, Some("avery-5371"), 0.3));
        printers.set("office", entry(Some("bypass"), Some("avery-5371"), 9.0));
        printers.set("office", entry(Some("bypass"), Some("avery-5371"), 0.4));
        let found = |tray, stock| {
            let wanted = Use { tray, stock, flip: Flip::LongEdge, orientation: Orientation::Portrait };
            printers.profile("office", &wanted).unwrap().dx
        };
        assert_eq!(found(None, "a7"), Mm(0.1));
        assert_eq!(found(Some("2"), "a7"), Mm(0.1));
        assert_eq!(found(Some("bypass"), "a7"), Mm(0.2));
        assert_eq!(found(None, "avery-5371"), Mm(0.3));
        assert_eq!(found(Some("bypass"), "avery-5371"), Mm(0.4));
        let read = Printers::parse(&printers.to_text().unwrap()).unwrap();
        assert_eq!(read, printers);
    }

    #[test]
    fn what_is_missing_or_wrong_is_told() {
        let mut printers = Printers::default();
        let wanted =
            Use { tray: None, stock: "a7", flip: Flip::LongEdge, orientation: Orientation::Portrait };
        assert!(printers.profile("office", &wanted).unwrap_err().hint.unwrap().contains("calibrate"));
        printers.set("office", entry(Some("2"), None, 0.1));
        assert!(printers.profile("offize", &wanted).unwrap_err().hint.unwrap().contains("`office`"));
        assert!(printers.profile("office", &wanted).unwrap_err().message.contains("a7"));
        assert!(Printers::parse("office:\n- {dz: 1}\n").unwrap_err().contains("dz"));
        assert_eq!(Printers::parse("").unwrap(), Printers::default());
        assert_eq!(Printers::parse(HEADER).unwrap(), Printers::default());
    }

    #[test]
    fn the_folder_is_the_systems() {
        let vars = |name: &str| match name {
            "HOME" => Some(PathBuf::from("/home/ann")),
            "APPDATA" => Some(PathBuf::from("data")),
            _ => None,
        };
        assert_eq!(config_folder(vars, "linux"), Some(PathBuf::from("/home/ann/.config")));
        assert_eq!(config_folder(vars, "windows"), Some(PathBuf::from("data")));
        assert!(config_folder(vars, "macos").unwrap().ends_with("Library/Application Support"));
        let xdg = |name: &str| (name == "XDG_CONFIG_HOME").then(|| PathBuf::from("/etc/ann"));
        assert_eq!(config_folder(xdg, "linux"), Some(PathBuf::from("/etc/ann")));
        assert_eq!(config_folder(|_| None, "linux"), None);
    }
}
