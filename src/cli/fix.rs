//! `recto check --fix`: repairs notes, a diff first.

use std::io::{IsTerminal, Write};
use std::path::Path;

use serde_json::{Value, json};
use similar::TextDiff;

use super::{Failure, print, session};
use crate::emit::write;
use crate::pack::fix::{self, Fixed};
use crate::vault::Vault;

/// Lines around a change in the diff.
const AROUND: usize = 2;

/// What was done.
pub struct Done {
    /// For programs: files with their changes.
    pub json: Value,
    /// How many files were written.
    pub written: usize,
}

/// Repairs the notes of a folder: shows what changes, asks on a terminal, writes.
///
/// # Errors
/// The folder cannot be read, a file cannot be written or has changed meanwhile.
pub fn run(root: &Path, dry: bool, as_json: bool) -> Result<Done, Failure> {
    let (vault, _) = session::open(root, None)?;
    let fixed = fix::fixes(&vault);
    let changes: usize = fixed.iter().map(|one| one.changes.len()).sum();
    if !as_json {
        let mut out = std::io::stdout().lock();
        for one in &fixed {
            let _ = write!(out, "{}", diff(&vault, one, colours()));
        }
    }
    let write = !dry && !fixed.is_empty() && (as_json || confirmed(changes, fixed.len()));
    if write {
        for one in &fixed {
            put(&vault, one)?;
        }
    }
    let written = if write { fixed.len() } else { 0 };
    if !as_json {
        let told = format!("{} in {}", print::noun(changes, "repair"), print::noun(fixed.len(), "note"));
        match (fixed.is_empty(), write) {
            (true, _) => println!("nothing to repair"),
            (_, true) => println!("{told}: written"),
            (_, false) => println!("{told}: nothing was written"),
        }
    }
    Ok(Done { json: as_value(&vault, &fixed), written })
}

/// On a terminal a person says yes; in a pipe nobody is asked.
fn confirmed(changes: usize, files: usize) -> bool {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return true;
    }
    print!("write {} into {}? [y/N] ", print::noun(changes, "repair"), print::noun(files, "note"));
    let _ = std::io::stdout().flush();
    let mut answer = String::new();
    let _ = std::io::stdin().read_line(&mut answer);
    matches!(
        answer.trim().to_lowercase().as_str(),
        "y" | "yes" | "j" | "ja" | "o" | "oui" | "s" | "sí" | "si"
    )
}

/// Replaces a note, if it is still what was read.
fn put(vault: &Vault, one: &Fixed) -> Result<(), Failure> {
    let Some(file) = vault.file(one.file) else { return Ok(()) };
    let path = vault.root.join(&file.path);
    let now =
        std::fs::read(&path).map_err(|e| Failure::system(format!("{} cannot be read: {e}", file.path)))?;
    if now != file.text().unwrap_or_default().as_bytes() {
        let failure = Failure::system(format!("{} was changed meanwhile and is left as it is", file.path));
        return Err(failure.hint("run the command again"));
    }
    write::replace(&path, one.text.as_bytes()).map_err(|e| Failure::system(e.to_string()))
}

fn colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::io::stdout().is_terminal()
}

/// A unified diff of one note, which `patch -p1` takes.
fn diff(vault: &Vault, one: &Fixed, colours: bool) -> String {
    let Some(file) = vault.file(one.file) else { return String::new() };
    let old = file.text().unwrap_or_default();
    let visible = |text: &str| match std::io::stdout().is_terminal() {
        // A note must not drive the terminal.
        true => text
            .chars()
            .map(|c| if c.is_control() && !matches!(c, '\n' | '\t' | '\r') { '\u{fffd}' } else { c })
            .collect(),
        false => text.to_owned(),
    };
    let (old, new) = (visible(old), visible(&one.text));
    let text = TextDiff::from_lines(old.as_str(), new.as_str());
    let (from, to) = (format!("a/{}", file.path), format!("b/{}", file.path));
    let unified = text.unified_diff().context_radius(AROUND).header(&from, &to).to_string();
    if !colours {
        return unified;
    }
    unified
        .split_inclusive('\n')
        .map(|line| match line.chars().next() {
            Some('+') => format!("\u{1b}[32m{}\u{1b}[0m\n", line.trim_end_matches('\n')),
            Some('-') => format!("\u{1b}[31m{}\u{1b}[0m\n", line.trim_end_matches('\n')),
            Some('@') => format!("\u{1b}[36m{}\u{1b}[0m\n", line.trim_end_matches('\n')),
            _ => line.to_owned(),
        })
        .collect()
}

fn as_value(vault: &Vault, fixed: &[Fixed]) -> Value {
    let files = fixed.iter().filter_map(|one| {
        let path = &vault.file(one.file)?.path;
        Some(json!({ "file": path, "changes": one.changes }))
    });
    Value::Array(files.collect())
}
