//! The XML of `JUnit`, which test reports of most CI services show: a suite for each file, a failed case for each finding.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::report::document::{Document, Entry};
use crate::report::lines::one_line;
use crate::report::options::Options;
use crate::report::positions::{Positions, shown};
use crate::report::renderer::Format;
use crate::report::selection::worst_in_order;
use crate::source::clean_path;

pub(super) const FORMAT: Format =
    Format { name: "junit", about: "JUnit's XML, a failed case for each finding", render };

fn render(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let scan = document.scan();
    let listed = worst_in_order(document, options.show, options.limit.count(None));
    let mut positions = Positions::new(scan.files);
    let mut report = Report::new("auditor");
    for keys in listed.keys.chunk_by(|one, other| one.file == other.file) {
        let entries: Vec<Entry<'_>> = keys.iter().filter_map(|key| document.entry(*key, &mut positions)).collect();
        let Some(first) = entries.first() else { continue };
        let path = shown(scan.root.from_here, first.location.path);
        let mut suite = TestSuite::new(path.as_str());
        suite.add_test_cases(entries.iter().map(|entry| case(entry, &path)));
        report.add_test_suite(suite);
    }
    if !scan.gaps.is_empty() {
        let mut suite = TestSuite::new("not looked at");
        for gap in scan.gaps {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(one_line(&gap.reason));
            suite.add_test_case(TestCase::new(clean_path(&gap.path), status));
        }
        report.add_test_suite(suite);
    }
    if report.test_suites.is_empty() {
        // Services take a report without cases for a job that broke.
        let mut suite = TestSuite::new("auditor");
        suite.add_test_case(TestCase::new("no findings", TestCaseStatus::success()));
        report.add_test_suite(suite);
    }
    report.serialize(&mut *out).map_err(io::Error::other)
}

fn case(entry: &Entry<'_>, path: &str) -> TestCase {
    let start = entry.location.start;
    let mut status = TestCaseStatus::success();
    if entry.severity.is_some() {
        let note = if entry.note().is_empty() { String::new() } else { format!(" ({})", one_line(entry.note())) };
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(entry.word());
        status.set_message(format!("{}{}", one_line(entry.title()), one_line(&entry.aside())));
        let fix = entry.about.map_or("", |rule| &rule.fix);
        let title = one_line(entry.title());
        let line = format!("{path}:{}:{}: {}: {title}{note}", start.line, start.column, entry.word());
        status.set_description(format!("{line}\n{}", one_line(fix)));
    }
    let mut case = TestCase::new(format!("{} {}:{}", entry.rule, start.line, start.column), status);
    case.set_classname(path);
    case
}
