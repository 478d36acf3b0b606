//! Parses and lowers every file, in parallel, and keeps what later stages need of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::exports::DependencyMacros;
use super::files::Found;
use super::registry::Registry;
use super::workers::largest_first;
use super::{Program, ProgressCounter};
use crate::model::context::Audience;
use crate::model::expand::MacroTable;
use crate::model::hir::{ExprStore, FileModel};
use crate::model::lower::{IncludeCx, IncludedFiles, LowerCx, LowerMode, parse_and_lower};
use crate::model::name::Name;
use crate::source::{self, Comment, FileId, FoundFile, Gap, GapKind, LineIndex, Package, SourceFile, Span};
use crate::syntax::{Edition, Parse, SyntaxError};

/// One file, read as code.
pub(super) struct Lowered {
    pub(super) source: SourceFile,
    pub(super) model: FileModel,
    /// The first syntax error, and how many more there are.
    gap: Option<Gap>,
    /// For whom the file is compiled.
    pub(super) audience: Audience,
}

impl Lowered {
    /// Takes the code out of the model, for the check of this file alone.
    pub(super) fn take_exprs(&mut self) -> ExprStore {
        self.model.take_exprs()
    }

    /// Takes the model out, for the world to own.
    pub(super) fn take_model(&mut self) -> FileModel {
        std::mem::replace(&mut self.model, FileModel::empty(self.source.id))
    }

    /// Whether some of the file could not be read as Rust.
    pub(super) fn has_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// Hands over what the program keeps; `model` is the file's own.
    pub(super) fn finish(self, model: &FileModel, program: &mut Program) {
        program.gaps.extend(self.gap.map(|gap| self.audience.context().into_iter().fold(gap, Gap::also_within)));
        program.items.extend(&model.waivable);
        program.lints.extend(model.lints.iter().cloned());
        for name in &model.generated {
            *program.unknown.generated.entry(name.to_string()).or_default() += 1;
        }
        program.files.push(self.source);
    }
}

/// Lowers all files of `found`, whose texts go to them, of those that were not asked for the declarations alone; the result is
/// in their order. What is in `included` is lowered where code includes it.
pub(super) fn lower(
    found: &mut Found,
    included: &IncludedFiles,
    registry: &Arc<Registry>,
    progress: &ProgressCounter,
) -> Vec<Lowered> {
    let texts = std::mem::take(&mut found.texts);
    let Found { files, packages, asked, .. } = &*found;
    let tables = with_imports(macro_tables(files, &texts), packages, registry);
    let none = MacroTable::default();
    let names: Vec<Arc<str>> = packages.iter().map(|package| package.name.as_str().into()).collect();
    let dirs: Vec<String> = packages.iter().map(Package::manifest_dir).collect();
    let jobs: Vec<(&FoundFile, String)> = files.iter().zip(texts).collect();
    largest_first(
        jobs,
        |(_, text)| text.len(),
        |at, (file, text)| {
            let edition = edition(file);
            let macros = tables.get(&file.package).map_or(&none, Arc::as_ref);
            let mode = if at < *asked { LowerMode::Bodies } else { LowerMode::Declarations };
            let place = file.place();
            let manifest_dir = file.package.and_then(|at| dirs.get(at)).map_or("", String::as_str);
            let includes = Some(IncludeCx { files: included, place: &place, manifest_dir });
            let cx = LowerCx { edition, macros, mode, includes };
            let package = file.package.and_then(|at| names.get(at)).cloned().unwrap_or_default();
            let lowered = one(FileId(at as u32), file, package, text, &cx);
            progress.tick();
            lowered
        },
    )
}

fn one(id: FileId, file: &FoundFile, package: Arc<str>, text: String, cx: &LowerCx<'_>) -> Lowered {
    let (mut model, mut parsed) = parse_and_lower(id, &text, cx);
    if file.included {
        // It is code where it is included, and judged there.
        model = FileModel::empty(id);
        parsed.errors.clear();
    }
    let lines = LineIndex::new(&text);
    let comments = comments(id, &text, &parsed);
    let gap = first_error(&parsed.errors).map(|(offset, reason)| {
        let kind = if parsed.tree.is_empty() { GapKind::NestingLimit } else { GapKind::SyntaxError };
        let position = lines.position(&text, offset);
        Gap::new(kind, file.relative.as_str(), reason).at(position).within(vec![file.context.as_str()])
    });
    let source = SourceFile { id, path: file.relative.clone(), package, text, lines, comments };
    Lowered { source, model, gap, audience: Audience::Product }
}

/// Where the first of a file's errors is, and what is said of them all.
pub(super) fn first_error(errors: &[SyntaxError]) -> Option<(u32, String)> {
    let first = errors.first()?;
    let more = errors.len() - 1;
    let rest = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    Some((first.offset, format!("syntax error: {}{rest}", first.message)))
}

/// The macros of each package; files without one see their own alone.
fn macro_tables(files: &[FoundFile], texts: &[String]) -> BTreeMap<Option<usize>, MacroTable> {
    let mut packages: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        packages.entry(file.package).or_default().push(at);
    }
    packages
        .into_par_iter()
        .map(|(package, members)| {
            let mut table = MacroTable::default();
            for at in members {
                if let (Some(file), Some(text)) = (files.get(at), texts.get(at)) {
                    table.add_file(FileId(at as u32), text, edition(file), Name::MISSING);
                }
            }
            (package, table)
        })
        .collect()
}

/// Adds to each package's macros what the packages that it depends on export, scanned or not.
fn with_imports(
    own: BTreeMap<Option<usize>, MacroTable>,
    packages: &[Package],
    registry: &Arc<Registry>,
) -> BTreeMap<Option<usize>, Arc<MacroTable>> {
    let by_name: BTreeMap<&str, usize> = packages.iter().enumerate().map(|(at, it)| (it.name.as_str(), at)).collect();
    let mut others = DependencyMacros::new(registry);
    let mut with_others = |at: Option<usize>, mut table: MacroTable| {
        if let Some(package) = at.and_then(|at| packages.get(at)) {
            others.add(&mut table, package, |name| !by_name.contains_key(name));
        }
        Arc::new(table)
    };
    let own: BTreeMap<_, _> = own.into_iter().map(|(at, table)| (at, with_others(at, table))).collect();
    let import = |at: Option<usize>, table: &Arc<MacroTable>| {
        let dependencies = at.and_then(|at| packages.get(at)).map(|package| package.dependencies.as_slice());
        let mut all: Option<MacroTable> = None;
        for dependency in dependencies.unwrap_or_default() {
            let other = by_name.get(dependency.package.as_str()).and_then(|&at| own.get(&Some(at)));
            if let Some(other) = other.filter(|other| other.exports()) {
                let all = all.get_or_insert_with(|| MacroTable::clone(table));
                all.import(other, Name::new(&dependency.name));
            }
        }
        all.map_or_else(|| Arc::clone(table), Arc::new)
    };
    own.iter().map(|(&at, table)| (at, import(at, table))).collect()
}

fn edition(file: &FoundFile) -> Edition {
    parser_edition(file.edition)
}

/// The parser's name for an edition.
pub(super) fn parser_edition(edition: source::Edition) -> Edition {
    match edition {
        source::Edition::E2015 => Edition::Edition2015,
        source::Edition::E2018 => Edition::Edition2018,
        source::Edition::E2021 => Edition::Edition2021,
        source::Edition::E2024 => Edition::Edition2024,
    }
}

fn comments(file: FileId, text: &str, parsed: &Parse) -> Vec<Comment> {
    let places = parsed.tree.comments().iter();
    places
        .map(|&(start, end)| {
            let own = text.get(start as usize..end as usize).unwrap_or("");
            let before = text.get(..start as usize).unwrap_or("");
            let before = before.trim_end_matches(|c: char| c != '\n' && (c.is_whitespace() || c == '\u{feff}'));
            let own_line = before.is_empty() || before.ends_with('\n');
            Comment { span: Span::new(file, start, end), doc: is_doc(own), own_line }
        })
        .collect()
}

fn is_doc(comment: &str) -> bool {
    let line = comment.starts_with("//!") || (comment.starts_with("///") && !comment.starts_with("////"));
    let block = comment.starts_with("/**") && !comment.starts_with("/***") && comment != "/**/";
    line || block || comment.starts_with("/*!")
}
