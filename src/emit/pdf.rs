//! PDF export with reproducible bytes.

use jiff::civil::Date;
use rayon::prelude::*;
use typst::diag::SourceDiagnostic;
use typst::ecow::EcoVec;
use typst::foundations::{Datetime, Smart};
use typst::model::DocumentInfo;
use typst_layout::{Page, PagedDocument};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::compact::compact;
use super::parts::{self, Parts};
use super::viewer::Preferences;
use crate::typeset::assemble;

/// What a document claims and how it is marked up.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Standard {
    /// PDF/UA-1 and PDF/A-2a: tagged, with alternative texts, embedded for good.
    AccessibleArchival,
    /// Tagged, no claim.
    Tagged,
    /// Not tagged: sheets to cut up.
    Plain,
}

/// Exports a document.
///
/// The bytes depend on the document, `ident`, `date` and this program's version alone. `ident` must be stable for the
/// document and unlike others'.
///
/// # Errors
/// What the exporter or the standard's validator refuses.
pub fn export(
    document: &PagedDocument,
    ident: &str,
    date: Date,
    standard: Standard,
    preferences: &Preferences,
) -> Result<Vec<u8>, EcoVec<SourceDiagnostic>> {
    let bytes = typst_pdf::pdf(document, &options(ident, date, standard))?;
    Ok(compact(bytes, preferences))
}

/// Exports a book, whose links into itself are addresses ([`assemble::AT`]), in parts where it can be. `keys` are its pages'
/// ([`parts::keys`]).
///
/// # Errors
/// See [`export`].
pub fn export_book(
    pages: &[Page],
    keys: &[u128],
    info: &DocumentInfo,
    ident: &str,
    date: Date,
    kept: &Parts,
) -> Result<Vec<u8>, EcoVec<SourceDiagnostic>> {
    let options = options(ident, date, Standard::AccessibleArchival);
    if let Some(bytes) = parts::export(pages, keys, info, &options, kept)? {
        return Ok(bytes);
    }
    let whole = pages.par_iter().cloned().map(|mut page| {
        assemble::settle(&mut page.frame);
        page
    });
    let whole: Vec<Page> = whole.collect();
    let document = PagedDocument::new(whole.into_iter().collect(), info.clone());
    Ok(compact(typst_pdf::pdf(&document, &options)?, &Preferences::default()))
}

fn options(ident: &str, date: Date, standard: Standard) -> PdfOptions {
    let standards: &[PdfStandard] = match standard {
        Standard::AccessibleArchival => &[PdfStandard::A_2a, PdfStandard::Ua_1],
        Standard::Tagged | Standard::Plain => &[PdfStandard::V_1_7],
    };
    PdfOptions {
        ident: Smart::Custom(ident.to_owned()),
        creator: Smart::Custom(Some(format!("Recto {}", env!("CARGO_PKG_VERSION")))),
        timestamp: timestamp(date),
        page_ranges: None,
        standards: PdfStandards::new(standards).unwrap_or_default(),
        tagged: standard != Standard::Plain,
        pretty: false,
    }
}

/// Midnight UTC of a day.
fn timestamp(date: Date) -> Option<Timestamp> {
    let month = u8::try_from(date.month()).ok()?;
    let day = u8::try_from(date.day()).ok()?;
    Datetime::from_ymd_hms(i32::from(date.year()), month, day, 0, 0, 0).map(Timestamp::new_utc)
}
