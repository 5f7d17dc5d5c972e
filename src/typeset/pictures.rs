//! Pictures of the notes: images of the vault, checked before they are decoded, and Mermaid blocks drawn as SVG.

use std::collections::{BTreeSet, HashMap};
use std::io::Cursor;

use typst::foundations::Bytes;

use super::note::{Diagram, Links};
use super::world::{Files, vault_path};
use crate::pack::{Pack, Target};
use crate::vault::ast::{Block, BlockKind};
use crate::vault::{FileNo, Finding, Place, Vault};

/// More pixels than a poster needs at 300 ppi; a picture that claims more is taken for a bomb.
const MAX_PIXELS: u64 = 80_000_000;
/// Largest picture file, bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Loads what the notes show; returns each note's share of it.
///
/// # Errors
/// When the snapshot has no room for more files.
pub fn load(
    vault: &Vault,
    pack: &Pack,
    files: &mut Files,
    findings: &mut Vec<Finding>,
) -> Result<HashMap<FileNo, Links>, String> {
    let mut out: HashMap<FileNo, Links> = HashMap::new();
    let mut checked: HashMap<FileNo, Result<String, String>> = HashMap::new();
    for link in &pack.links {
        let path = match &link.to {
            Target::File(file) => vault.file(*file).map(|f| (*file, f.path.clone())),
            _ => None,
        };
        let sidecar = out.entry(link.from).or_default();
        match path {
            Some((file, path)) if is_picture(&path) => {
                if let std::collections::hash_map::Entry::Vacant(slot) = checked.entry(file) {
                    let result = match read(vault, file, &path) {
                        Ok(bytes) => {
                            files.insert(&vault_path(&path), Bytes::new(bytes))?;
                            Ok(vault_path(&path))
                        }
                        Err(message) => {
                            let place = link.range.clone().map(|range| Place { file: link.from, range });
                            findings.push(Finding::error("image", place, message.clone()));
                            Err(message)
                        }
                    };
                    slot.insert(result);
                }
                match checked.get(&file) {
                    Some(Ok(path)) => sidecar.images.insert(link.written.clone(), path.clone()),
                    Some(Err(message)) => sidecar.stubs.insert(link.written.clone(), message.clone()),
                    None => None,
                };
            }
            None if link.to == Target::Missing && is_picture(&link.written) => {
                sidecar.stubs.insert(link.written.clone(), link.written.clone());
            }
            _ => {}
        }
    }
    diagrams(vault, pack, files, findings, &mut out)?;
    Ok(out)
}

/// Whether a path names a picture that a page can show (or that a user would expect it to).
pub fn is_picture(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    matches!(
        ending.as_deref(),
        Some("png" | "jpg" | "jpeg" | "gif" | "webp" | "svg" | "bmp" | "avif" | "tiff")
    )
}

/// Reads a picture after looking at what it claims to be.
pub fn read(vault: &Vault, file: FileNo, path: &str) -> Result<Vec<u8>, String> {
    let size = vault.file(file).map_or(0, |f| f.size);
    if size > MAX_BYTES {
        return Err(format!("`{path}` has {} MB; pictures may have 64", size >> 20));
    }
    let bytes = vault.read_asset(file).map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    if path.to_ascii_lowercase().ends_with(".svg") {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(format!("`{path}` is a compressed SVG; save it uncompressed"));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| format!("`{path}` is not UTF-8"))?;
        if !text.contains("<svg") {
            return Err(format!("`{path}` is not an SVG picture"));
        }
        return Ok(bytes);
    }
    let reader = image::ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
    let reader = reader.map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    let format = reader.format().ok_or_else(|| format!("`{path}` is not a picture that can be printed"))?;
    if !matches!(
        format,
        image::ImageFormat::Png
            | image::ImageFormat::Jpeg
            | image::ImageFormat::Gif
            | image::ImageFormat::WebP
    ) {
        return Err(format!("`{path}` is {format:?}; save it as PNG, JPEG, GIF, WebP or SVG"));
    }
    let (width, height) =
        reader.into_dimensions().map_err(|error| format!("`{path}` is damaged: {error}"))?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!(
            "`{path}` claims {width} × {height} pixels; pictures may have {MAX_PIXELS} in all"
        ));
    }
    // The ending may lie; the bytes were looked at, and Typst goes by the ending.
    let ending = path.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    let agrees = match format {
        image::ImageFormat::Png => ending == "png",
        image::ImageFormat::Jpeg => matches!(ending.as_str(), "jpg" | "jpeg"),
        image::ImageFormat::Gif => ending == "gif",
        _ => ending == "webp",
    };
    if !agrees {
        return Err(format!("`{path}` is {format:?} inside; rename it"));
    }
    Ok(bytes)
}

/// Draws the Mermaid blocks of all printed notes.
fn diagrams(
    vault: &Vault,
    pack: &Pack,
    files: &mut Files,
    findings: &mut Vec<Finding>,
    out: &mut HashMap<FileNo, Links>,
) -> Result<(), String> {
    let mut notes: BTreeSet<FileNo> = pack.chapters.iter().map(|c| c.file).collect();
    notes.extend(pack.concepts.iter().filter_map(|c| c.note));
    let mut jobs = Vec::new();
    for file in notes {
        let Some(note) = vault.note(file) else { continue };
        collect(&note.parsed.blocks, file, &mut jobs);
    }
    use rayon::prelude::*;
    let drawn: Vec<_> = jobs.par_iter().map(|(_, _, source)| super::mermaid::draw(source)).collect();
    for ((file, range, _), result) in jobs.into_iter().zip(drawn) {
        match result {
            Ok(picture) => {
                let path = format!("/data/diagrams/{}-{}.svg", file.0, range.start);
                files.insert(&path, Bytes::from_string(picture.svg.clone()))?;
                if picture.alt.is_none() {
                    findings.push(
                        Finding::warning(
                            "no-alt-text",
                            Some(Place { file, range: range.clone() }),
                            "the diagram has no alternative text",
                        )
                        .hint("add a line `accDescr: what it shows` below the diagram's first line"),
                    );
                }
                let alt = picture
                    .alt
                    .clone()
                    .or_else(|| picture.caption.clone())
                    .or_else(|| Some("diagram".into()));
                let diagram = Diagram {
                    path,
                    caption: picture.caption.clone(),
                    alt,
                    width: picture.width,
                    height: picture.height,
                };
                out.entry(file).or_default().diagrams.insert(range.start, diagram);
            }
            Err(message) => findings.push(Finding::warning(
                "mermaid",
                Some(Place { file, range }),
                format!("the diagram is printed as source: {message}"),
            )),
        }
    }
    Ok(())
}

fn collect(blocks: &[Block], file: FileNo, out: &mut Vec<(FileNo, std::ops::Range<usize>, String)>) {
    for block in blocks {
        match &block.kind {
            BlockKind::Code(code) if code.lang == "mermaid" => {
                out.push((file, block.range.clone(), code.text.clone()))
            }
            BlockKind::Quote(body) => collect(body, file, out),
            BlockKind::Callout(callout) => collect(&callout.body, file, out),
            BlockKind::List(list) => list.items.iter().for_each(|item| collect(&item.body, file, out)),
            _ => {}
        }
    }
}
