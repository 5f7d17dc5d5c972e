//! Embedded Typst: notes and decisions become documents, compiled in parallel.

pub mod assemble;
pub mod binding;
pub mod booklet;
pub mod calendar;
pub mod calibrate;
pub mod cheatsheets;
pub mod compile;
pub mod dividers;
pub mod flashcards;
pub mod fonts;
pub mod handbook;
pub mod highlight;
pub mod layouts;
pub mod looks;
pub mod math;
pub mod mermaid;
pub mod mindmap;
pub mod note;
pub mod pictures;
pub mod press;
pub mod quizzes;
pub mod settings;
pub mod sheets;
pub mod span;
pub mod world;
mod wrap;
pub mod zine;
