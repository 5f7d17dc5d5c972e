//! ViewerPreferences: what a print dialog should start from.
//!
//! The exporter writes none of the printing keys, so they are set afterwards by an incremental update (ISO 32000-1,
//! 7.5.6): a new version of the catalogue, a cross-reference section for it, a trailer that points to the one before.
//! Nothing of the file itself changes.

/// The keys of ISO 32000-1, table 150, that matter for cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preferences {
    /// `/PrintScaling /None`: actual size.
    pub actual_size: bool,
    /// `/Duplex`.
    pub duplex: Option<Duplex>,
    /// `/PickTrayByPDFSize true`.
    pub tray_by_size: bool,
}

/// `/Duplex` values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplex {
    Simplex,
    LongEdge,
    ShortEdge,
}

impl Preferences {
    fn entries(&self) -> String {
        let mut out = String::new();
        if self.actual_size {
            out.push_str("/PrintScaling/None");
        }
        if let Some(duplex) = self.duplex {
            out.push_str("/Duplex/");
            out.push_str(match duplex {
                Duplex::Simplex => "Simplex",
                Duplex::LongEdge => "DuplexFlipLongEdge",
                Duplex::ShortEdge => "DuplexFlipShortEdge",
            });
        }
        if self.tray_by_size {
            out.push_str("/PickTrayByPDFSize true");
        }
        out
    }
}

/// Adds the preferences. A file whose catalogue is not found as the exporter writes it is returned as it is.
pub fn set(mut pdf: Vec<u8>, preferences: &Preferences) -> Vec<u8> {
    let entries = preferences.entries();
    if entries.is_empty() {
        return pdf;
    }
    if let Some(update) = update(&pdf, &entries) {
        pdf.extend_from_slice(&update);
    }
    pdf
}

fn update(pdf: &[u8], entries: &str) -> Option<Vec<u8>> {
    let tail_from = pdf.len().saturating_sub(2048);
    let tail = pdf.get(tail_from..)?;
    let start_key = rfind(tail, b"startxref")?;
    let xref_at = number(tail.get(start_key + 9..)?)?;
    let trailer_at = tail_from + rfind(tail, b"trailer")?;
    let trailer = std::str::from_utf8(pdf.get(trailer_at + 7..tail_from + start_key)?).ok()?.trim();
    let trailer = trailer.strip_prefix("<<")?.trim_end().strip_suffix(">>")?;
    let root = trailer.split_once("/Root")?.1.trim_start();
    let root_number: usize = root.split_whitespace().next()?.parse().ok()?;

    // The catalogue's place: from the cross-reference table, whose lines have 20 bytes.
    let table = pdf.get(xref_at..trailer_at)?;
    let table = table.strip_prefix(b"xref")?;
    let skip = table.iter().position(|b| !b.is_ascii_whitespace())?;
    let table = table.get(skip..)?;
    let line_end = table.iter().position(|b| *b == b'\n' || *b == b'\r')?;
    let head = std::str::from_utf8(table.get(..line_end)?).ok()?;
    let (first, _) = head.split_once(' ')?;
    let first: usize = first.trim().parse().ok()?;
    let lines = table.get(line_end..)?;
    let skip = lines.iter().position(|b| b.is_ascii_digit())?;
    let entry = lines.get(skip + 20 * root_number.checked_sub(first)?..)?.get(..20)?;
    let offset: usize = std::str::from_utf8(entry.get(..10)?).ok()?.parse().ok()?;

    let object = pdf.get(offset..)?;
    let end = find(object, b"endobj")?;
    let object = object.get(..end)?;
    let open = find(object, b"<<")?;
    let close = rfind(object, b">>")?;
    let mut dictionary = object.get(open + 2..close)?.to_vec();
    match find(&dictionary, b"/ViewerPreferences") {
        Some(at) => {
            // The exporter's own entries are kept; an indirect dictionary is not ours to change.
            let inner = at + find(dictionary.get(at..)?, b"<<")? + 2;
            if dictionary.get(at + 18..inner - 2)?.iter().any(|b| !b.is_ascii_whitespace()) {
                return None;
            }
            dictionary.splice(inner..inner, entries.bytes());
        }
        None => dictionary.extend_from_slice(format!("/ViewerPreferences<<{entries}>>").as_bytes()),
    }

    let mut out = Vec::new();
    if pdf.last() != Some(&b'\n') {
        out.push(b'\n');
    }
    let object_at = pdf.len() + out.len();
    out.extend_from_slice(format!("{root_number} 0 obj\n<<").as_bytes());
    out.extend_from_slice(&dictionary);
    out.extend_from_slice(b">>\nendobj\n");
    let new_xref = pdf.len() + out.len();
    out.extend_from_slice(format!("xref\n{root_number} 1\n{object_at:010} 00000 n\r\n").as_bytes());
    out.extend_from_slice(
        format!("trailer\n<<{trailer}/Prev {xref_at}>>\nstartxref\n{new_xref}\n%%EOF\n").as_bytes(),
    );
    Some(out)
}

fn number(bytes: &[u8]) -> Option<usize> {
    let start = bytes.iter().position(u8::is_ascii_digit)?;
    let digits = bytes.get(start..)?;
    let end = digits.iter().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

fn rfind(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).rposition(|w| w == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/ViewerPreferences<</DisplayDocTitle true>>>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\nxref\n0 3\n0000000000 65535 f\r\n0000000009 00000 n\r\n0000000104 00000 n\r\ntrailer\n<</Size 3/Root 1 0 R>>\nstartxref\n150\n%%EOF";

    #[test]
    fn the_update_is_read_by_another_parser_and_keeps_what_was_there() {
        let mut file = FILE.to_vec();
        let xref = find(&file, b"xref\n0 3").unwrap();
        let second = find(&file, b"2 0 obj").unwrap();
        let text = String::from_utf8(file.clone()).unwrap();
        file = text
            .replace("0000000104", &format!("{second:010}"))
            .replace("startxref\n150", &format!("startxref\n{xref}"))
            .into_bytes();
        let before = file.clone();
        let preferences =
            Preferences { actual_size: true, duplex: Some(Duplex::ShortEdge), tray_by_size: true };
        let after = set(file, &preferences);
        assert!(after.starts_with(&before), "an incremental update changes nothing of the file");
        let document = lopdf::Document::load_mem(&after).unwrap();
        let viewer = document.catalog().unwrap().get(b"ViewerPreferences").unwrap().as_dict().unwrap();
        assert_eq!(viewer.get(b"PrintScaling").unwrap().as_name().unwrap(), b"None");
        assert_eq!(viewer.get(b"Duplex").unwrap().as_name().unwrap(), b"DuplexFlipShortEdge");
        assert!(viewer.get(b"PickTrayByPDFSize").unwrap().as_bool().unwrap());
        assert!(viewer.get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
    }

    #[test]
    fn what_is_no_pdf_is_left_alone() {
        let preferences = Preferences { actual_size: true, ..Preferences::default() };
        assert_eq!(set(b"hello".to_vec(), &preferences), b"hello");
    }
}
