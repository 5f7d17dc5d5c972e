//! `recto import FILE… --into DIR`: other people's documents become a vault that builds.

use std::io::Write as _;

use super::{Failure, ImportArgs, Outcome};
use crate::import::{self, Format, Wishes, existing, source};

pub fn run(args: &ImportArgs) -> Result<Outcome, Failure> {
    let format = match args.format.as_deref() {
        None | Some("auto") => None,
        Some(name) => Some(Format::named(name).ok_or_else(|| {
            Failure::usage(format!("`{name}` is no format that can be imported"))
                .hint(format!("--format takes {}", Format::NAMES.join(", ")))
        })?),
    };
    let same = args
        .same
        .iter()
        .map(|pair| {
            pair.split_once('=')
                .map(|(a, b)| (a.trim().to_owned(), b.trim().to_owned()))
                .filter(|(a, b)| !a.is_empty() && !b.is_empty())
                .ok_or_else(|| {
                    Failure::usage(format!("`{pair}` does not say which names are one"))
                        .hint("write --same 'OTHER NAME=NAME': the second stays, the first becomes its alias")
                })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if let Ok(meta) = std::fs::metadata(&args.into)
        && !meta.is_dir()
    {
        return Err(Failure::usage(format!("{} is not a folder", args.into.display())));
    }
    let mut skipped = Vec::new();
    let sources =
        source::read(&args.files, format, &mut skipped).map_err(|e| Failure::usage(e.to_string()))?;
    let folder = args.into.file_name().map(|name| name.to_string_lossy().into_owned());
    let wishes = Wishes {
        title: args.title.clone(),
        folder,
        language: args.language.clone(),
        same,
        no_repair: args.no_repair,
    };
    let mut import = import::import(&sources, &wishes);
    import.report.skipped = skipped;
    let found = import.report.concepts() > 0;
    if !found {
        // An empty vault helps nobody: only the report is given.
        import.files.clear();
    }
    let system = |e: std::io::Error| Failure::system(e.to_string());
    let actions = existing::decide(&args.into, &import.files, args.force).map_err(system)?;
    if !args.dry_run {
        existing::write(&args.into, &import.files, &actions).map_err(system)?;
    }
    let mut told = if args.json {
        format!("{:#}\n", import.report.json(&import.files, &actions, args.dry_run))
    } else {
        import.report.text(&import.files, &actions, args.dry_run)
    };
    if found && !args.json && !args.dry_run {
        told.push_str(&format!("\nprint it with\n  recto build {}\n", args.into.display()));
    }
    // Whoever reads the report through `head` has read enough.
    let _ = std::io::stdout().lock().write_all(told.as_bytes());
    if !found {
        eprintln!("error: no concepts were found, so nothing was written");
        eprintln!(
            "hint: concepts are rows of a table whose first header is Concept or Term, or a list of `**Term**: meaning`"
        );
        return Ok(Outcome::Content);
    }
    Ok(Outcome::Done)
}
