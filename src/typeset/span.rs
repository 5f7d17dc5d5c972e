//! Spans of Typst that point into Markdown.

use std::num::NonZeroU64;
use std::ops::Range;

use typst::syntax::{FileId, Span};

/// Bits of one end of a range.
const VALUE_BITS: u32 = 23;
/// Largest byte offset that a range span can hold; larger ones saturate, as in Typst.
const VALUE_MAX: u64 = (1 << VALUE_BITS) - 1;
/// Where range spans begin among a file's numbers.
const RANGE_BASE: u64 = (1 << 47) + (1 << 46);

/// A span for bytes of a file that is not Typst source.
///
/// `Span::from_range` is private; this packs the layout documented in typst-syntax 0.15's `span.rs`: 16 bits of file id,
/// then a number of 48 bits that holds two ends of 23 bits above a base. A test holds it against Typst's own reading.
pub fn range_span(id: FileId, range: Range<usize>) -> Span {
    let end = |v: usize| (v as u64).min(VALUE_MAX);
    let number = RANGE_BASE + ((end(range.start) << VALUE_BITS) | end(range.end));
    let raw = (u64::from(id.into_raw().get()) << 48) | number;
    // A file id is never zero, so neither is the whole.
    NonZeroU64::new(raw).map_or(Span::detached(), Span::from_raw)
}

#[cfg(test)]
mod tests {
    use typst::syntax::SpanKind;

    use super::*;
    use crate::typeset::world::file_id;

    #[test]
    fn typst_reads_our_ranges() {
        let id = file_id("/vault/span test.md").unwrap();
        for range in [0..0, 3..17, 0..5_000_000, 8_388_606..8_388_607] {
            let SpanKind::Range { id: back, range: read } = range_span(id, range.clone()).get() else {
                panic!("not a range span: Typst changed its layout");
            };
            assert_eq!((back, read), (id, range));
        }
        let SpanKind::Range { range, .. } = range_span(id, 5..usize::MAX).get() else { panic!() };
        assert_eq!(range, 5..8_388_607);
    }
}
