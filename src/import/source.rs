//! Files to texts: what is read, in which encoding, as which format.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::pack::plain::Places;
use crate::vault::front::FrontMatter;
use crate::vault::parse;

/// Bytes of a file, at most.
const MAX_FILE: u64 = 64 << 20;
/// Endings of pictures that go with a vault's notes.
const PICTURES: &[&str] = &["png", "jpg", "jpeg", "gif", "webp", "svg"];

/// How a source is read.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub enum Format {
    Markdown,
    /// A table with a header, its cells parted by this byte.
    Delimited(u8),
    /// Term, tab, definition.
    Quizlet,
    /// Notes in plain text, with `#separator:` and other header lines.
    Anki,
    /// A picture, or `recto.yaml`: copied.
    Asset,
}

impl Format {
    pub const NAMES: [&'static str; 5] = ["markdown", "csv", "tsv", "quizlet", "anki"];

    /// As `--format` takes it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "markdown" => Some(Self::Markdown),
            "csv" => Some(Self::Delimited(b',')),
            "tsv" => Some(Self::Delimited(b'\t')),
            "quizlet" => Some(Self::Quizlet),
            "anki" => Some(Self::Anki),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Delimited(b'\t') => "tsv",
            Self::Delimited(_) => "csv",
            Self::Quizlet => "quizlet",
            Self::Anki => "anki",
            Self::Asset => "asset",
        }
    }
}

/// A file, read.
#[derive(Debug, Clone)]
pub struct Source {
    /// As messages name it.
    pub shown: String,
    /// From the vault's root for a folder's files, else the file's name.
    pub path: String,
    pub text: String,
    /// Of an [`Format::Asset`] only.
    pub bytes: Vec<u8>,
    pub format: Format,
    /// It came with a folder, so notes without tables stay notes.
    pub in_vault: bool,
    /// A daily note, a template, a drawing: no concept, whatever it holds.
    pub left_out: bool,
    /// What it was decoded from, where that was not UTF-8.
    pub encoding: Option<&'static str>,
}

impl Source {
    /// A text that was read elsewhere.
    pub fn text(path: &str, text: &str, format: Option<Format>) -> Self {
        Self {
            shown: path.to_owned(),
            path: path.to_owned(),
            text: text.to_owned(),
            bytes: Vec::new(),
            format: format.unwrap_or_else(|| sniff(path, text)),
            in_vault: false,
            left_out: false,
            encoding: None,
        }
    }

    /// The file's name without its ending.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The folder in the vault; empty at its root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Why nothing can be imported.
#[derive(Debug)]
pub enum SourceError {
    Io(PathBuf, io::Error),
    TooLarge(PathBuf),
    Binary(PathBuf),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{} cannot be read: {error}", path.display()),
            Self::TooLarge(path) => write!(f, "{} is larger than 64 MiB", path.display()),
            Self::Binary(path) => write!(f, "{} is no text", path.display()),
        }
    }
}

impl std::error::Error for SourceError {}

/// Reads files and folders in the order given, a folder's files in natural order. What a folder holds besides notes,
/// pictures and `recto.yaml` is left, hidden files and links too; `skipped` names what could not be read.
///
/// # Errors
/// A file that was named cannot be read, or is no text.
pub fn read(
    paths: &[PathBuf],
    format: Option<Format>,
    skipped: &mut Vec<String>,
) -> Result<Vec<Source>, SourceError> {
    let mut sources = Vec::new();
    for path in paths {
        let meta = fs::metadata(path).map_err(|e| SourceError::Io(path.clone(), e))?;
        if meta.is_dir() {
            folder(path, &mut sources, skipped).map_err(|e| SourceError::Io(path.clone(), e))?;
            continue;
        }
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let (text, encoding) = text(path)?;
        let format = format.unwrap_or_else(|| sniff(&name, &text));
        sources.push(Source {
            shown: path.display().to_string(),
            path: name,
            text,
            bytes: Vec::new(),
            format,
            in_vault: false,
            left_out: false,
            encoding,
        });
    }
    Ok(sources)
}

fn folder(root: &Path, sources: &mut Vec<Source>, skipped: &mut Vec<String>) -> io::Result<()> {
    let mut files: Vec<String> = Vec::new();
    let mut todo = vec![String::new()];
    while let Some(prefix) = todo.pop() {
        let entries = match fs::read_dir(root.join(&prefix)) {
            Ok(entries) => entries,
            Err(error) if prefix.is_empty() => return Err(error),
            Err(error) => {
                skipped.push(format!("{prefix}: {error}"));
                continue;
            }
        };
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                skipped.push(format!("{}: its name is not UTF-8", entry.path().display()));
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push(path),
                Ok(kind) if kind.is_file() => files.push(path),
                _ => skipped.push(format!("{path}: a link is not followed")),
            }
        }
    }
    files.sort_by(|a, b| crate::vault::natural_cmp(a, b));
    let places = Places::read(|path| fs::read_to_string(root.join(path)).ok());
    for path in files {
        let full = root.join(&path);
        let ending = path.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
        let note = matches!(ending.as_str(), "md" | "markdown");
        let picture = PICTURES.contains(&ending.as_str()) || path == "recto.yaml";
        let mut source = Source {
            shown: full.display().to_string(),
            path,
            text: String::new(),
            bytes: Vec::new(),
            format: if note { Format::Markdown } else { Format::Asset },
            in_vault: true,
            left_out: false,
            encoding: None,
        };
        if note {
            match text(&full) {
                Ok((text, encoding)) => {
                    let front =
                        parse(&text).front.map(|range| FrontMatter::parse(&text, range, &mut Vec::new()));
                    let keys = front.map(|front| front.other).unwrap_or_default();
                    source.left_out = places.kind(&source.path, &text, &keys).is_some();
                    (source.text, source.encoding) = (text, encoding);
                }
                Err(error) => {
                    skipped.push(error.to_string());
                    continue;
                }
            }
        } else if picture {
            match fs::metadata(&full).map(|m| m.len()) {
                Ok(len) if len <= MAX_FILE => source.bytes = fs::read(&full)?,
                _ => {
                    skipped.push(SourceError::TooLarge(full).to_string());
                    continue;
                }
            }
        } else {
            continue;
        }
        sources.push(source);
    }
    Ok(())
}

fn text(path: &Path) -> Result<(String, Option<&'static str>), SourceError> {
    let io = |e| SourceError::Io(path.to_owned(), e);
    if fs::metadata(path).map_err(io)?.len() > MAX_FILE {
        return Err(SourceError::TooLarge(path.to_owned()));
    }
    decode(&fs::read(path).map_err(io)?).ok_or_else(|| SourceError::Binary(path.to_owned()))
}

/// Bytes to text: UTF-8, UTF-16 with a mark, else the likelier of Windows-1252 and Mac Roman; `None` for what is no
/// text.
pub fn decode(bytes: &[u8]) -> Option<(String, Option<&'static str>)> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes.get(mark..)?);
        let named = (encoding != encoding_rs::UTF_8).then(|| encoding.name());
        return Some((text.into_owned(), named));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (!text.contains('\0')).then(|| (text.to_owned(), None));
    }
    if bytes.contains(&0) {
        return None;
    }
    let odd = |text: &str| {
        let common = |c: char| c.is_alphabetic() || "–—‘’“”„«»…•€°§".contains(c) || c.is_whitespace();
        text.chars().filter(|c| !c.is_ascii() && !common(*c)).count()
            + 2 * text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count()
    };
    let windows = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    let mac = encoding_rs::MACINTOSH.decode_without_bom_handling(bytes).0.into_owned();
    Some(if odd(&mac) < odd(&windows) { (mac, Some("macintosh")) } else { (windows, Some("windows-1252")) })
}

/// What a file is, by its name and its first lines.
pub fn sniff(name: &str, text: &str) -> Format {
    let ending = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let headers = ["#separator:", "#html:", "#notetype", "#deck", "#tags", "#columns:", "#guid"];
    if headers.iter().any(|h| first.starts_with(h)) && first.contains(':') && ending != "md" {
        return Format::Anki;
    }
    match ending.as_str() {
        "csv" => Format::Delimited(if first.matches(';').count() > first.matches(',').count() {
            b';'
        } else {
            b','
        }),
        "tsv" => Format::Delimited(b'\t'),
        "md" | "markdown" => Format::Markdown,
        _ => {
            let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(200).collect();
            let tabbed = lines.iter().filter(|line| line.trim().contains('\t')).count();
            let marked = lines.iter().any(|line| line.starts_with('#') || line.trim_start().starts_with('|'));
            if !marked && tabbed * 3 >= lines.len() * 2 && tabbed > 0 {
                Format::Quizlet
            } else {
                Format::Markdown
            }
        }
    }
}
