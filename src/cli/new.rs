//! `recto new DIR`: a small pack that builds.

use std::fs;

use super::{Failure, NewArgs, Outcome};
use crate::emit::write;

/// The starter pack: path and text, `{title}` to be replaced.
const FILES: &[(&str, &str)] = &[
    ("recto.yaml", include_str!("starter/recto.yaml")),
    ("1 Getting Started.md", include_str!("starter/1 Getting Started.md")),
    ("concepts/Concept Table.md", include_str!("starter/concepts/Concept Table.md")),
    ("concepts/Concept Note.md", include_str!("starter/concepts/Concept Note.md")),
];

pub fn run(args: &NewArgs) -> Result<Outcome, Failure> {
    let taken = match fs::read_dir(&args.dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(Failure::usage(format!("{} cannot be used: {error}", args.dir.display()))),
    };
    if taken {
        return Err(Failure::usage(format!("{} is not empty", args.dir.display())).hint("name a new folder"));
    }
    let named = args.dir.file_name().map(|name| name.to_string_lossy().into_owned());
    let title = args.title.clone().or(named).unwrap_or_else(|| "My Study Pack".into());
    // A JSON string is a YAML string, whatever it holds.
    let title = serde_json::to_string(&title).map_err(|e| Failure::system(e.to_string()))?;
    for (path, text) in FILES {
        let text = if *path == "recto.yaml" { text.replace("{title}", &title) } else { (*text).to_owned() };
        write::atomic(&args.dir.join(path), text.as_bytes()).map_err(|e| Failure::system(e.to_string()))?;
    }
    println!("{} holds a small pack; print it with", args.dir.display());
    println!("  recto build {}", args.dir.display());
    Ok(Outcome::Done)
}
