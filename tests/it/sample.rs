//! Makes programs under audit out of marked text, without the stages that would find their sites.
//!
//! `⟪unwrap|x.unwrap()⟫` is a possible site of kind and rule `unwrap`, `⟪env-unwrap/unwrap|…⟫` one of a more specific rule,
//! `⟪unwrap=discharged:why|…⟫` has another verdict and a reason; `⦃…⦄` is an item or statement. Sites nest. Every `//` and `/* */` is a comment.

use std::path::PathBuf;
use std::sync::Arc;

use auditor::audit::Program;
use auditor::finding::{Coverage, Reach, Related, Site, Verdict};
use auditor::source::{Comment, FileId, Level, LineIndex, LintLevel, SourceFile, Span};

/// The program of `files`: paths and marked texts, sorted by path. Code under `tests/` runs in tests.
pub(crate) fn program(files: &[(&str, &str)]) -> Program {
    let mut program = Program { root: PathBuf::from("."), ..Program::default() };
    for (at, (path, marked)) in files.iter().enumerate() {
        add(&mut program, FileId(at as u32), path, marked);
    }
    program.sites.sort_by(|one, other| (one.span, &one.kind).cmp(&(other.span, &other.kind)));
    program.items.sort();
    program.coverage = Coverage { files: files.len() as u64, ..Coverage::default() };
    program
}

/// A lint attribute at `lint` of the first file that covers all of it.
pub(crate) fn file_lint(program: &Program, lint: &str, reason: Option<&str>) -> LintLevel {
    let file = &program.files[0];
    let at = file.text.find(lint).expect("the lint is in the text") as u32;
    LintLevel {
        lint: lint.to_owned(),
        level: Level::Allow,
        in_product: true,
        in_tests: true,
        reason: reason.map(str::to_owned),
        at: Span::new(file.id, at, at + lint.len() as u32),
        scope: Span::new(file.id, 0, file.text.len() as u32),
    }
}

fn add(program: &mut Program, id: FileId, path: &str, marked: &str) {
    let context: Arc<[&'static str]> = if path.starts_with("tests/") { Arc::new(["test"]) } else { Arc::new(["lib"]) };
    let mut text = String::new();
    let mut open: Vec<(u32, &str)> = Vec::new();
    let mut items = Vec::new();
    let mut rest = marked;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '⟪' => {
                let (head, tail) = rest.split_once('|').expect("a site has a kind");
                open.push((text.len() as u32, head));
                rest = tail;
            }
            '⟫' => {
                let (start, head) = open.pop().expect("a site ends once");
                let span = Span::new(id, start, text.len() as u32);
                program.sites.push(site(head, span, &context));
            }
            '⦃' => items.push(text.len() as u32),
            '⦄' => {
                let start = items.pop().expect("an item ends once");
                program.items.push(Span::new(id, start, text.len() as u32));
            }
            other => text.push(other),
        }
    }
    let lines = LineIndex::new(&text);
    let comments = comments(&text, id);
    program.files.push(SourceFile { id, path: path.to_owned(), package: "".into(), text, lines, comments });
}

fn site(head: &str, span: Span, context: &Arc<[&'static str]>) -> Site {
    let (names, rest) = head.split_once('=').unwrap_or((head, "possible"));
    let (rule, kind) = names.split_once('/').unwrap_or((names, names));
    let (verdict, reason) = rest.split_once(':').unwrap_or((rest, ""));
    Site {
        kind: kind.into(),
        rule: rule.into(),
        span,
        verdict: match verdict {
            "always" => Verdict::Always,
            "possible" => Verdict::Possible,
            "discharged" => Verdict::Discharged,
            "indeterminate" => Verdict::Indeterminate,
            other => panic!("no verdict is called {other}"),
        },
        reason: reason.to_owned().into(),
        function: "demo".into(),
        context: Arc::clone(context),
        cfg: "".into(),
        detail: String::new(),
        outside: false,
        related: Related::default(),
        reach: Reach::default(),
        fix: None,
    }
}

fn comments(text: &str, file: FileId) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(['/']).map(|next| at + next) {
        let rest = &text[start..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").expect("a block comment ends") + 2
        } else {
            at = start + 1;
            continue;
        };
        let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
        found.push(Comment {
            span: Span::new(file, start as u32, (start + length) as u32),
            doc: ["///", "//!", "/**", "/*!"].iter().any(|mark| rest.starts_with(mark)),
            own_line: text[line..start].trim().is_empty(),
        });
        at = start + length;
    }
    found
}
