//! How documents look: one file a format. To add one, write its file and add it to `FORMATS`; every document then has it, and
//! the command line reads its name and description here.

mod dot;
mod github;
mod gitlab;
mod json;
mod jsonl;
mod junit;
mod markdown;
pub mod sarif;
mod short;
mod text;

use super::renderer::Format;

/// The format for people, which also sums up for them what is written elsewhere in another one.
pub const TEXT: &Format = &text::FORMAT;

/// The format of documents that are graphs.
pub const DOT: &Format = &dot::FORMAT;

/// All formats of every document, in the order in which help lists them.
pub const FORMATS: &[&Format] = &[
    TEXT,
    &short::FORMAT,
    &markdown::FORMAT,
    &json::FORMAT,
    &jsonl::FORMAT,
    &sarif::FORMAT,
    &github::FORMAT,
    &gitlab::FORMAT,
    &junit::FORMAT,
];
