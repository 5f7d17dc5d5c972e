//! What the program does, on tiny real packs: one binary, a module for each subject.

mod bad_input;
mod build;
mod calibrate;
mod cards;
mod fonts;
mod print;
mod readback;
mod support;
