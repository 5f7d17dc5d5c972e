//! PDF export with reproducible bytes.

use jiff::civil::Date;
use typst::diag::SourceDiagnostic;
use typst::ecow::EcoVec;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::viewer::{self, Preferences};

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
    let standards: &[PdfStandard] = match standard {
        Standard::AccessibleArchival => &[PdfStandard::A_2a, PdfStandard::Ua_1],
        Standard::Tagged | Standard::Plain => &[PdfStandard::V_1_7],
    };
    let options = PdfOptions {
        ident: Smart::Custom(ident.to_owned()),
        creator: Smart::Custom(Some(format!("Recto {}", env!("CARGO_PKG_VERSION")))),
        timestamp: timestamp(date),
        page_ranges: None,
        standards: PdfStandards::new(standards).unwrap_or_default(),
        tagged: standard != Standard::Plain,
        pretty: false,
    };
    let bytes = typst_pdf::pdf(document, &options)?;
    Ok(viewer::set(bytes, preferences))
}

/// Midnight UTC of a day.
fn timestamp(date: Date) -> Option<Timestamp> {
    let month = u8::try_from(date.month()).ok()?;
    let day = u8::try_from(date.day()).ok()?;
    Datetime::from_ymd_hms(i32::from(date.year()), month, day, 0, 0, 0).map(Timestamp::new_utc)
}
