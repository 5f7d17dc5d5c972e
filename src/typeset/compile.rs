//! Compiling one document, and many at once.

use std::sync::Arc;

use typst::World;
use typst::diag::{SourceDiagnostic, Warned};
use typst::ecow::EcoVec;
use typst_layout::PagedDocument;

use super::fonts::Fonts;
use super::world::{Files, PackWorld};

/// Stack of the threads that typeset: Typst's own limits are made for a large one.
pub const STACK_BYTES: usize = 16 << 20;

/// A document to compile: its main file and the small files that are only its own.
pub struct Job {
    /// Virtual path of the main file; unique among the documents whose frames are put together.
    pub name: String,
    /// Typst source of the main file.
    pub main: String,
    /// Small files of structure: virtual path and JSON.
    pub data: Vec<(String, serde_json::Value)>,
}

/// A compiled document with what the compiler had to say.
pub struct Compiled {
    pub document: PagedDocument,
    pub warnings: EcoVec<SourceDiagnostic>,
}

/// Compiles a job.
///
/// # Errors
/// Every error of the document.
pub fn compile(
    fonts: &Arc<Fonts>,
    shared: &Arc<Files>,
    job: &Job,
) -> Result<Compiled, EcoVec<SourceDiagnostic>> {
    let internal = |message: String| {
        let mut errors = EcoVec::new();
        errors.push(SourceDiagnostic::error(typst::syntax::Span::detached(), message));
        errors
    };
    let mut own = Files::default();
    let main = typst::foundations::Bytes::from_string(job.main.clone());
    let main = own.insert(&job.name, main).map_err(internal)?;
    for (path, value) in &job.data {
        own.insert_json(path, value).map_err(internal)?;
    }
    let world = PackWorld::new(fonts.clone(), shared.clone(), own, main);
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&world as &dyn World);
    output.map(|document| Compiled { document, warnings })
}
