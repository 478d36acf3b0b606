//! One line an entry: `path:line:column: severity rule: message`, which editors and terminals make a link.

use std::io;

use crate::report::batch::in_batches;
use crate::report::document::{Document, Entry};
use crate::report::lines::{at, gaps, one_line};
use crate::report::options::Options;
use crate::report::positions::Positions;
use crate::report::renderer::Format;
use crate::report::selection::worst_in_order;

pub(super) const FORMAT: Format = Format { name: "short", about: "One line each, as compilers and editors do", render };

fn render(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    if options.parts.entries() {
        let listed = worst_in_order(document, options.show, options.limit.count(None));
        in_batches(
            &listed.keys,
            |key| key.file,
            out,
            |_, batch, out| {
                let mut positions = Positions::new(document.scan().files);
                batch.iter().try_for_each(|key| match document.entry(*key, &mut positions) {
                    Some(entry) => line(document, &entry, out),
                    None => Ok(()),
                })
            },
        )?;
    }
    if options.parts.summary() {
        gaps(document.scan().gaps, document.scan().root, out)?;
    }
    if !options.parts.entries() {
        super::text::summary(document, options, out)?;
    }
    Ok(())
}

/// Writes `entry` as one line.
pub(super) fn line(document: &dyn Document, entry: &Entry<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let site = entry.site;
    write!(out, "{}: {} {}", at(entry, document.scan().root), entry.word(), entry.rule)?;
    if entry.severity.is_some() {
        write!(out, ": {}{}", one_line(entry.title()), one_line(&entry.aside()))?;
        if !entry.note().is_empty() {
            write!(out, " ({})", one_line(entry.note()))?;
        }
    } else {
        for (word, text) in [(" in ", &*site.function), (": ", &site.detail), (" — ", &site.reason)] {
            if !text.is_empty() {
                write!(out, "{word}{}", one_line(text))?;
            }
        }
    }
    if !site.cfg.is_empty() {
        write!(out, " [only with {}]", one_line(&site.cfg))?;
    }
    writeln!(out)
}
