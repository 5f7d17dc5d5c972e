//! Compiling one document, and many at once.

use std::sync::Arc;

use typst::World;
use typst::diag::{SourceDiagnostic, Warned};
use typst::ecow::EcoVec;
use typst::foundations::Bytes;
use typst::utils::hash128;
use typst_layout::PagedDocument;

use super::fonts::Fonts;
use super::memory::Memory;
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

/// Compiles a job. With a memory, what it gave before is taken from there as long as it holds.
///
/// # Errors
/// Every error of the document.
pub fn compile(
    fonts: &Arc<Fonts>,
    shared: &Arc<Files>,
    job: &Job,
    memory: Option<&Memory>,
) -> Result<Arc<Compiled>, EcoVec<SourceDiagnostic>> {
    let internal = |message: String| {
        let mut errors = EcoVec::new();
        errors.push(SourceDiagnostic::error(typst::syntax::Span::detached(), message));
        errors
    };
    let data: Result<Vec<(&str, String)>, _> =
        job.data.iter().map(|(path, value)| Ok((path.as_str(), serde_json::to_string(value)?))).collect();
    let data = data.map_err(|error: serde_json::Error| internal(error.to_string()))?;
    let memory = memory.map(|memory| (memory, hash128(&(&job.name, &job.main, &data))));
    if let Some(compiled) = memory.and_then(|(memory, key)| memory.find(key, shared)) {
        return Ok(compiled);
    }
    let mut own = Files::default();
    let main = Bytes::from_string(job.main.clone());
    let main = own.insert(&job.name, main).map_err(internal)?;
    for (path, text) in data {
        own.insert(path, Bytes::from_string(text)).map_err(internal)?;
    }
    let world = PackWorld::new(fonts.clone(), shared.clone(), own, main);
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&world as &dyn World);
    let compiled = Arc::new(Compiled { document: output?, warnings });
    if let Some((memory, key)) = memory {
        memory.keep(key, world.into_reads(), shared, &compiled);
    }
    Ok(compiled)
}
