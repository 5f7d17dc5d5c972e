//! The files of a folder: which there are, and which are notes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::finding::Finding;
use super::natural::natural_cmp;

/// A file before it is read.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// From the root, parted by `/`.
    pub path: String,
    pub size: u64,
    pub modified: Option<SystemTime>,
}

impl Found {
    /// Whether it is a Markdown file outside the folders that hold layouts and fonts.
    pub fn is_note(&self) -> bool {
        let ending = self.path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("md"));
        ending && !self.path.starts_with("layouts/") && !self.path.starts_with("fonts/")
    }
}

/// Patterns of paths; one that names a folder holds for all in it.
pub(super) fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        // Patterns of a file were looked at when it was read.
        if let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// All regular files below `root`, in natural order, without hidden ones, `ignored` ones and the `out` folder.
///
/// Links are followed to files inside the root only. Folders reached by a link are not entered: inside the root they
/// are read in their own place anyway.
pub(super) fn walk(
    root: &Path,
    ignored: &GlobSet,
    out: Option<&Path>,
    findings: &mut Vec<Finding>,
) -> io::Result<Vec<Found>> {
    let real_root = root.canonicalize()?;
    let out = out.and_then(|out| out.canonicalize().ok()).filter(|out| *out != real_root);
    let mut files = Vec::new();
    let mut folders: Vec<(PathBuf, String)> = vec![(real_root.clone(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if prefix.is_empty() => return Err(error),
            Err(error) => {
                findings.push(
                    Finding::error("file", None, format!("the folder `{prefix}` cannot be read: {error}"))
                        .hint("check its permissions, or name it in `ignore:`"),
                );
                continue;
            }
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let shown = Path::new(&prefix).join(&name);
                findings.push(
                    Finding::warning("file", None, format!("the name of `{}` is not UTF-8", shown.display()))
                        .hint("rename the file; it is left out"),
                );
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if ignored.is_match(&path) {
                continue;
            }
            let Ok(kind) = entry.file_type() else { continue };
            let full = entry.path();
            if kind.is_symlink() {
                match linked(&full, &real_root) {
                    Linked::File(meta) => files.push(found(path, &meta)),
                    Linked::Folder => {}
                    Linked::Outside => findings.push(
                        Finding::error("file", None, format!("`{path}` is a link that leaves the pack"))
                            .hint("copy what it points to into the pack, or name it in `ignore:`"),
                    ),
                    Linked::Broken => findings.push(
                        Finding::warning("file", None, format!("`{path}` is a link to nothing"))
                            .hint("remove it, or name it in `ignore:`"),
                    ),
                }
            } else if kind.is_dir() {
                if out.as_deref() != Some(full.as_path()) {
                    folders.push((full, path));
                }
            } else if kind.is_file()
                && let Ok(meta) = entry.metadata()
            {
                files.push(found(path, &meta));
            }
        }
    }
    files.sort_by(|a, b| natural_cmp(&a.path, &b.path));
    Ok(files)
}

fn found(path: String, meta: &fs::Metadata) -> Found {
    Found { path, size: meta.len(), modified: meta.modified().ok() }
}

enum Linked {
    File(fs::Metadata),
    Folder,
    Outside,
    Broken,
}

/// What a link leads to.
fn linked(path: &Path, root: &Path) -> Linked {
    let Ok(real) = path.canonicalize() else { return Linked::Broken };
    if !real.starts_with(root) {
        return Linked::Outside;
    }
    match fs::metadata(&real) {
        Ok(meta) if meta.is_file() => Linked::File(meta),
        Ok(_) => Linked::Folder,
        Err(_) => Linked::Broken,
    }
}
