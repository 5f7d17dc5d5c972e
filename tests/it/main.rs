//! What the program does, on tiny real packs: one binary, a module for each subject.

mod awkward;
mod bad_input;
mod book;
mod build;
mod calendar;
mod calibrate;
mod cards;
mod cheatsheets;
mod check;
mod diagrams;
mod export;
mod faces;
mod folded;
mod fonts;
mod fuzz;
mod import;
mod mindmaps;
mod paper;
mod pictures;
mod print;
mod readback;
mod shipped;
mod support;
mod watch;
