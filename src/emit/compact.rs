//! Smaller files: everything of a PDF that is no stream is packed into compressed object streams (PDF 1.5). A tagged
//! document becomes about half as large.

use super::objects::{self, Extent, PACK, Pack, Stands, Table, cross_references};
use super::viewer::Preferences;

/// Packs a file of the exporter's and adds preferences. One that is not as the exporter writes it is returned as it is.
pub fn compact(pdf: Vec<u8>, preferences: &Preferences) -> Vec<u8> {
    packed(&pdf, preferences).unwrap_or(pdf)
}

fn packed(pdf: &[u8], preferences: &Preferences) -> Option<Vec<u8>> {
    let table = Table::read(pdf)?;
    let numbered = table.offsets.iter().enumerate().skip(1);
    let extents: Option<Vec<(u32, Extent)>> = numbered
        .map(|(number, offset)| {
            let extent = objects::walk(pdf, number, *offset, |_, _| Some(()))?;
            Some((number as u32, extent))
        })
        .collect();
    let (streams, values): (Vec<_>, Vec<_>) = extents?.into_iter().partition(|(_, extent)| extent.stream);
    // Up to the first object there is the version, and bytes that say that the file is binary.
    let head = pdf.get(..table.offsets.iter().copied().skip(1).min()?)?;
    let mut bytes = Vec::with_capacity(pdf.len());
    bytes.extend_from_slice(head);
    let mut entries = Vec::with_capacity(table.offsets.len());
    for (number, extent) in streams {
        entries.push((number, Stands::At(bytes.len())));
        bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        bytes.extend_from_slice(pdf.get(extent.at)?);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let mut next = table.offsets.len() as u32;
    for chunk in values.chunks(PACK) {
        let mut pack = Pack::new();
        for (number, extent) in chunk {
            pack.begin(*number);
            let value = pdf.get(extent.at.clone())?;
            match *number == table.root {
                true => pack.body.extend_from_slice(&preferences.add_to(value)?),
                false => pack.body.extend_from_slice(value),
            }
        }
        pack.finish(next, &mut bytes, &mut entries);
        next += 1;
    }
    let id = (table.id.0.as_slice(), table.id.1.as_slice());
    cross_references(entries, next, (table.root, table.info), id, &mut bytes);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use lopdf::Object;
    use typst::layout::{Abs, Frame, Size};
    use typst::model::DocumentInfo;
    use typst_layout::{Page, PagedDocument};

    use super::*;

    fn exported() -> Vec<u8> {
        let page = |number| Page {
            frame: Frame::hard(Size::splat(Abs::pt(100.0))),
            bleed: Default::default(),
            fill: Default::default(),
            numbering: None,
            supplement: Default::default(),
            number,
        };
        let info = DocumentInfo { title: Some("(Title)".into()), ..DocumentInfo::default() };
        let document = PagedDocument::new((1..=2500).map(page).collect(), info);
        typst_pdf::pdf(&document, &typst_pdf::PdfOptions::default()).expect("a file")
    }

    #[test]
    fn every_object_is_what_it_was_and_the_catalogue_has_more() {
        let before = exported();
        let preferences = Preferences { actual_size: true, ..Preferences::default() };
        let after = compact(before.clone(), &preferences);
        assert!(after.len() * 2 < before.len(), "{} of {} bytes", after.len(), before.len());
        assert!(!after.windows(10).any(|w| w == b"/Type/Page"), "pages are packed");
        let (before, after) = (lopdf::Document::load_mem(&before), lopdf::Document::load_mem(&after));
        let (before, mut after) = (before.expect("a PDF"), after.expect("a PDF"));
        let root = after.trailer.get(b"Root").and_then(Object::as_reference).expect("a root");
        let catalog = after.get_object_mut(root).and_then(Object::as_dict_mut).expect("a dictionary");
        let viewer =
            catalog.get_mut(b"ViewerPreferences").and_then(Object::as_dict_mut).expect("preferences");
        let scaling = viewer.remove(b"PrintScaling").expect("said");
        assert_eq!(scaling.as_name().expect("a name"), b"None");
        assert!(before.objects.len() > 5000, "more than one stream holds");
        for (id, object) in &before.objects {
            assert_eq!(Some(object), after.objects.get(id), "{id:?}");
        }
        let of = |document: &lopdf::Document, key: &[u8]| document.trailer.get(key).expect("said").clone();
        assert_eq!((of(&before, b"Root"), of(&before, b"Info")), (of(&after, b"Root"), of(&after, b"Info")));
        let id = |document: &lopdf::Document| -> Vec<Vec<u8>> {
            let id = of(document, b"ID");
            let text = |part: &Object| part.as_str().expect("text").to_vec();
            id.as_array().expect("two").iter().map(text).collect()
        };
        assert_eq!(id(&before), id(&after));
    }

    #[test]
    fn what_is_no_file_of_the_exporters_is_left_alone() {
        let mut cut = exported();
        cut.truncate(cut.len() / 2);
        for bytes in [b"hello".to_vec(), Vec::new(), cut] {
            assert_eq!(compact(bytes.clone(), &Preferences::default()), bytes);
        }
    }
}
