//! Which files of a vault are no content: daily notes, templates, drawings.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::vault::{LeftOut, Vault};

/// Folders that hold templates by custom, lower case.
const TEMPLATE_FOLDERS: [&str; 8] =
    ["templates", "template", "_templates", "templater", "vorlagen", "modèles", "plantillas", "モデル"];
/// Folders that hold daily notes by custom, lower case.
const DAILY_FOLDERS: [&str; 8] =
    ["daily", "daily notes", "dailies", "journal", "journals", "diary", "tagebuch", "calendar"];

/// Where a vault keeps templates and daily notes, beside the folders of custom.
#[derive(Debug, Default)]
pub(crate) struct Places {
    templates: BTreeSet<String>,
    daily: BTreeSet<String>,
}

impl Places {
    /// As the vault's own settings say; `hidden` reads one of its hidden files.
    pub(crate) fn read(hidden: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            templates: set_folders(
                &hidden,
                &[
                    (".obsidian/templates.json", "folder"),
                    (".obsidian/plugins/templater-obsidian/data.json", "templates_folder"),
                ],
            ),
            daily: set_folders(
                &hidden,
                &[
                    (".obsidian/daily-notes.json", "folder"),
                    (".obsidian/plugins/periodic-notes/data.json", "folder"),
                ],
            ),
        }
    }

    /// What a note is if it is no content: the number that counts it. `front` are the keys of its front matter that are not
    /// Recto's.
    pub(crate) fn kind(
        &self,
        path: &str,
        text: &str,
        front: &[(String, String)],
    ) -> Option<fn(&mut LeftOut) -> &mut usize> {
        let has = |key: &str| front.iter().any(|(own, _)| own == key);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let name = name.strip_suffix(".md").unwrap_or(name);
        if has("excalidraw-plugin") || path.to_lowercase().ends_with(".excalidraw.md") {
            Some(|out| &mut out.drawings)
        } else if has("kanban-plugin") {
            Some(|out| &mut out.boards)
        } else if in_folder(folder, &self.templates, &TEMPLATE_FOLDERS)
            || text.contains("<%") && is_templater(text)
        {
            Some(|out| &mut out.templates)
        } else if is_day(name) || in_folder(folder, &self.daily, &DAILY_FOLDERS) {
            Some(|out| &mut out.daily)
        } else {
            None
        }
    }
}

pub(super) fn left_out(vault: &Vault) -> LeftOut {
    let places = Places::read(|path| vault.hidden(path));
    let mut out = LeftOut::default();
    for (no, file, note) in vault.notes() {
        if let Some(kind) = places.kind(&file.path, &note.text, &note.front.other) {
            out.add(no, kind);
        }
    }
    out
}

/// Folders that the vault's own settings name.
fn set_folders(hidden: &impl Fn(&str) -> Option<String>, settings: &[(&str, &str)]) -> BTreeSet<String> {
    let read = |(path, key): &(&str, &str)| {
        let value: Value = serde_json::from_str(&hidden(path)?).ok()?;
        let folder = value.get(key)?.as_str()?.trim_matches('/').to_lowercase();
        (!folder.is_empty() && folder != ".").then_some(folder)
    };
    settings.iter().filter_map(read).collect()
}

/// Whether one of the folders above a file is set, or is called so by custom.
fn in_folder(folder: &str, set: &BTreeSet<String>, custom: &[&str]) -> bool {
    let folder = folder.to_lowercase();
    let below = |own: &String| {
        folder == *own || folder.strip_prefix(own.as_str()).is_some_and(|r| r.starts_with('/'))
    };
    let bare =
        |part: &str| part.trim_start_matches(|c: char| !c.is_alphabetic() && c != '_').trim().to_owned();
    set.iter().any(below)
        || folder.split('/').any(|part| custom.contains(&part) || custom.contains(&bare(part).as_str()))
}

/// `2026-11-20`, `2026-11-20 Friday`, `20261120`, `2026-W47`, `2026-11`.
fn is_day(name: &str) -> bool {
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    let (first, rest) = name.split_once([' ', '_']).unwrap_or((name, ""));
    let mut parts = first.split(['-', '.']);
    let (year, second, third) = (parts.next().unwrap_or(""), parts.next(), parts.next());
    let weekday = rest.split_whitespace().count() <= 1;
    if digits(first, 8) {
        return (first.starts_with("19") || first.starts_with("20")) && weekday;
    }
    let week = second.and_then(|s| s.strip_prefix(['W', 'w'])).is_some_and(|s| digits(s, 1) || digits(s, 2));
    let month = second.is_some_and(|s| digits(s, 2));
    let day = third.is_none_or(|s| digits(s, 2));
    digits(year, 4)
        && (week || month)
        && day
        && parts.next().is_none()
        && (if third.is_some() { weekday } else { rest.is_empty() })
}

/// Templater's commands.
fn is_templater(text: &str) -> bool {
    ["<% tp.", "<%tp.", "<%*", "<%- tp.", "<%_ tp."].iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_days() {
        for name in ["2026-11-20", "2026-11-20 Friday", "20261120", "2026-W47", "2026-11", "2026.11.20"] {
            assert!(is_day(name), "{name}");
        }
        for name in [
            "2026",
            "2026-11-20 Meeting about Rust",
            "1984",
            "Python 3.12",
            "2026-plan",
            "12345678",
            "2026-11 plan",
        ] {
            assert!(!is_day(name), "{name}");
        }
    }
}
