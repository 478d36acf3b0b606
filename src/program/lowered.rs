//! Parses and lowers every file, in parallel, and keeps what later stages need of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::exports::DependencyMacros;
use super::files::Found;
use super::registry::Registry;
use super::workers::largest_first;
use super::{Program, ProgressCounter};
use crate::model::context::Audience;
use crate::model::expand::{CrateRef, Declarations, FileInput, MacroTables, PackageInput, Root, declarations};
use crate::model::hir::{ExprStore, FileModel};
use crate::model::lower::{IncludeCx, IncludedFiles, LowerCx, LowerMode, parse_and_lower};
use crate::model::name::Name;
use crate::source::{
    self, Comment, DependencyKind, FileId, FoundFile, Gap, GapKind, LineIndex, Package, SourceFile, Span, Target,
    TargetKind,
};
use crate::syntax::{Edition, Lexed, Parse, SyntaxError, lex_all};

/// One file, read as code.
pub(super) struct Lowered {
    pub(super) source: SourceFile,
    pub(super) model: FileModel,
    /// The first syntax error, and how many more there are.
    gap: Option<Gap>,
    /// What of its macro calls was not read.
    unread: Vec<Gap>,
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
        let gaps = self.gap.into_iter().chain(self.unread);
        let word = self.audience.context();
        program.gaps.extend(gaps.map(|gap| word.into_iter().fold(gap, Gap::also_within)));
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
    let lexed: Vec<(Lexed, Declarations)> = files
        .par_iter()
        .zip(&texts)
        .map(|(file, text)| {
            let lexed = lex_all(text, edition(file));
            let declared = declarations(text, &lexed);
            (lexed, declared)
        })
        .collect();
    let (lexed, declared): (Vec<Lexed>, Vec<Declarations>) = lexed.into_iter().unzip();
    let names: Vec<Arc<str>> = packages.iter().map(|package| package.name.as_str().into()).collect();
    let dirs: Vec<String> = packages.iter().map(Package::manifest_dir).collect();
    let macros = macro_tables((files, &texts, &lexed), declared, packages, registry);
    let jobs: Vec<(&FoundFile, (String, Lexed))> = files.iter().zip(texts.into_iter().zip(lexed)).collect();
    largest_first(
        jobs,
        |(_, (text, _))| text.len(),
        |at, (file, (text, lexed))| {
            let mode = if at < *asked { LowerMode::Bodies } else { LowerMode::Declarations };
            let place = file.place();
            let manifest_dir = file.package.and_then(|at| dirs.get(at)).map_or("", String::as_str);
            let includes = Some(IncludeCx { files: included, place: &place, manifest_dir });
            let cx = LowerCx { edition: edition(file), macros: &macros, mode, includes };
            let package = file.package.and_then(|at| names.get(at)).cloned().unwrap_or_default();
            let lowered = one(FileId(at as u32), (file, package), (text, lexed), &cx);
            progress.tick();
            lowered
        },
    )
}

fn one(
    id: FileId,
    (file, package): (&FoundFile, Arc<str>),
    (text, lexed): (String, Lexed),
    cx: &LowerCx<'_>,
) -> Lowered {
    let (mut model, mut parsed) = parse_and_lower(id, &text, lexed, cx);
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
    let unread = unread(&model, file, &text, &lines);
    let source = SourceFile { id, path: file.relative.clone(), package, text, lines, comments };
    Lowered { source, model, gap, unread, audience: Audience::Product }
}

/// Where the first of a file's errors is, and what is said of them all.
pub(super) fn first_error(errors: &[SyntaxError]) -> Option<(u32, String)> {
    let first = errors.first()?;
    let more = errors.len() - 1;
    let rest = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    Some((first.offset, format!("syntax error: {}{rest}", first.message)))
}

/// What macro calls of the file hold that nobody looked at: functions, and what is beyond the limits of expansion.
fn unread(model: &FileModel, file: &FoundFile, text: &str, lines: &LineIndex) -> Vec<Gap> {
    let gap = |kind: GapKind, at: Span, reason: String| {
        let gap = Gap::new(kind, file.relative.as_str(), reason).within(vec![file.context.as_str()]);
        if at.file == model.file { gap.at(lines.position(text, at.start)) } else { gap }
    };
    let limit = model.over_limit.map(|at| {
        let reason = "macros make more, or nest deeper, than what is followed".to_owned();
        gap(GapKind::MacroOutputLimit, at, reason)
    });
    let closed = model.closed.iter().filter_map(|&(call, functions)| {
        let call = model.code.calls.get(call.index())?;
        let plural = if functions == 1 { "" } else { "s" };
        let reason =
            format!("{functions} function{plural} within a call of `{}!`, which nothing known reads", call.path);
        Some(gap(GapKind::ClosedMacro, call.span, reason))
    });
    limit.into_iter().chain(closed).collect()
}

/// The macros of all packages, those of the files without one last.
fn macro_tables(
    (files, texts, lexed): (&[FoundFile], &[String], &[Lexed]),
    declared: Vec<Declarations>,
    packages: &[Package],
    registry: &Arc<Registry>,
) -> MacroTables {
    let places: Vec<String> = files.iter().map(FoundFile::place).collect();
    let mut inputs = crates(packages, registry);
    let roots: Vec<FxHashMap<String, Root>> = packages.iter().map(roots).collect();
    let none = inputs.len();
    inputs.push(PackageInput::default());
    let read = texts.iter().zip(lexed).zip(declared);
    for (((at, file), place), ((text, lexed), declarations)) in files.iter().enumerate().zip(&places).zip(read) {
        let root = file.package.and_then(|package| roots.get(package)?.get(place).copied());
        let input =
            FileInput { file: FileId(at as u32), place, edition: edition(file), text, lexed, declarations, root };
        if let Some(package) = inputs.get_mut(file.package.unwrap_or(none)) {
            package.files.push(input);
        }
    }
    MacroTables::new(inputs)
}

fn roots(package: &Package) -> FxHashMap<String, Root> {
    let kind = |target: &Target| match target.kind {
        TargetKind::Lib | TargetKind::ProcMacro => Root::Library,
        _ => Root::Other,
    };
    package.targets.iter().map(|target| (package.place(target), kind(target))).collect()
}

/// What each package's code can name of other crates.
fn crates<'p>(packages: &[Package], registry: &Arc<Registry>) -> Vec<PackageInput<'p>> {
    let by_name: BTreeMap<&str, u32> = packages.iter().zip(0..).map(|(it, at)| (it.name.as_str(), at)).collect();
    let mut others = DependencyMacros::new(registry);
    packages
        .iter()
        .map(|package| {
            let mut crates = others.of(package, |name| by_name.contains_key(name));
            for dependency in &package.dependencies {
                if let Some(&at) = by_name.get(dependency.package.as_str()) {
                    let dev = is_dev(package, &dependency.name);
                    crates.insert(Name::new(&dependency.name), CrateRef::Scanned { package: at, dev });
                }
            }
            let mut targets = package.targets.iter();
            let library = targets.find(|target| matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro));
            PackageInput {
                crates,
                library: library.map(|library| Name::new(&library.name)),
                has_manifest: true,
                features: package.default_features.iter().cloned().collect(),
                files: Vec::new(),
            }
        })
        .collect()
}

/// Tells whether tests alone can name what the package calls `name`.
pub(super) fn is_dev(package: &Package, name: &str) -> bool {
    let mut named = package.dependencies.iter().filter(|dependency| dependency.name == name);
    named.all(|dependency| dependency.kind == DependencyKind::Dev)
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
