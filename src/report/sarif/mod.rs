//! SARIF 2.1.0, so that both the full standard and GitHub's part of it are served.

mod github;
mod log;
mod rules;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use log::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, Notification, NotificationReference, Outcome,
    OutcomeProperties, PhysicalLocation, Region, RunProperties, Suppression, UriBase,
};
use rules::Rules;

use super::json_stream::Object;
use super::positions::Positions;
use super::{Options, Report};
use crate::finding::line_hash::{LineHash, line_hashes};
use crate::finding::{Finding, Fingerprint, Severity, Status};
use crate::source::{FileId, Gap, Span};

/// Where artifact URIs start from; GitHub and most viewers know the name.
const ROOT: &str = "%SRCROOT%";

pub(super) fn render(report: &Report<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = Rules::of(report.policy);
    let all = &report.triaged.findings;
    let (shown, left_off) = match &options.sarif_github {
        Some(_) => github::taken(all, github::MOST),
        None => (all.iter().collect(), 0),
    };
    let way = options.sarif_github.as_deref().unwrap_or("");
    let writer = || Writer { report, rules: &rules, way, places: Positions::new(report.files), hashes: None };
    let taxonomies = rules.taxonomies();
    Object::write(out, |log| {
        log.field("$schema", &"https://json.schemastore.org/sarif-2.1.0.json")?;
        log.field("version", &"2.1.0")?;
        log.list_of_one("runs", |run| {
            run.field("tool", &rules.tool())?;
            run.field("invocations", &[invocation(report.gaps, way, left_off)])?;
            let root = if options.sarif_github.is_some() { "The repository." } else { "The scanned folder." };
            let root = UriBase { description: text(root) };
            run.field("originalUriBaseIds", &BTreeMap::from([(ROOT, root)]))?;
            run.field("columnKind", &"unicodeCodePoints")?;
            run.list(
                "results",
                &shown,
                |finding| finding.site.span.file,
                writer,
                |writer, finding| writer.outcome(finding),
            )?;
            if !taxonomies.is_empty() {
                run.field("taxonomies", &taxonomies)?;
            }
            let properties = RunProperties { coverage: report.coverage, sites: report.triaged.tally.total() };
            run.field("properties", &properties)
        })
    })
}

struct Writer<'a, 'r> {
    report: &'r Report<'a>,
    rules: &'r Rules<'a>,
    /// From the root of the paths down to the scanned folder.
    way: &'a str,
    places: Positions<'a>,
    /// Of the file of the last finding; findings come sorted by file.
    hashes: Option<(FileId, Vec<LineHash>)>,
}

impl<'a> Writer<'a, '_> {
    fn outcome(&mut self, finding: &'a Finding) -> Outcome<'a> {
        let site = &finding.site;
        let title = self.report.policy.catalog.rule(finding.site.rule.as_str()).map_or("", |rule| rule.title.as_str());
        let related: Vec<_> = site
            .related
            .places()
            .iter()
            .enumerate()
            .map(|(at, (span, label))| self.related(at, *span, label))
            .collect();
        let mut location = self.location(site.span);
        if !site.function.is_empty() {
            let name = LogicalLocation { fully_qualified_name: &site.function, kind: "function" };
            location.logical.push(name);
        }
        let mut fingerprints = BTreeMap::from([(Fingerprint::KEY, finding.fingerprint.to_string())]);
        fingerprints.extend(self.line_hash(site.span).map(|hash| ("primaryLocationLineHash", hash)));
        Outcome {
            rule_id: finding.site.rule.as_str(),
            rule_index: self.rules.index(finding.site.rule.as_str()),
            level: level(finding.severity),
            message: text(message(title, finding)),
            locations: [location],
            related_locations: related,
            partial_fingerprints: fingerprints,
            suppressions: suppressions(&finding.status),
            properties: OutcomeProperties {
                verdict: site.verdict.as_str(),
                reason: &site.reason,
                detail: &site.detail,
                context: &site.context,
                cfg: &site.cfg,
            },
        }
    }

    fn location(&mut self, span: Span) -> Location<'a> {
        let place = self.places.of(span);
        let region = Region {
            start_line: place.start.line,
            start_column: place.start.column,
            end_line: Some(place.end.line),
            end_column: Some(place.end.column),
        };
        location((self.way, place.path), Some(region))
    }

    fn related(&mut self, at: usize, span: Span, label: &'a str) -> Location<'a> {
        Location { id: Some(at + 1), message: Some(text(label)), ..self.location(span) }
    }

    fn line_hash(&mut self, span: Span) -> Option<String> {
        let file = self.places.file(span)?;
        let known = self.hashes.as_ref().is_some_and(|(id, _)| *id == span.file);
        if !known {
            self.hashes = Some((span.file, line_hashes(&file.text)));
        }
        let (_, hashes) = self.hashes.as_ref()?;
        hashes.get(file.lines.line(span.start) as usize - 1).map(LineHash::to_string)
    }
}

fn location<'a>((way, path): (&str, &'a str), region: Option<Region>) -> Location<'a> {
    let uri = if way.is_empty() { uri(path) } else { uri(&[way, path].concat()).into_owned().into() };
    let artifact_location = ArtifactLocation { uri, uri_base_id: ROOT };
    Location { id: None, physical: PhysicalLocation { artifact_location, region }, logical: Vec::new(), message: None }
}

/// What is wrong, what it is about, and links to the related places.
fn message(title: &str, finding: &Finding) -> String {
    let site = &finding.site;
    let mut message = escape(title);
    for more in [&site.detail, &*site.reason].into_iter().filter(|more| !more.is_empty()) {
        message.push_str(": ");
        message.push_str(&escape(more));
    }
    message.push('.');
    for (at, (_, label)) in site.related.places().iter().enumerate() {
        message.extend([" See [", &escape(label), "](", &(at + 1).to_string(), ")."]);
    }
    if site.related.more() > 0 {
        message.extend([" And ", &site.related.more().to_string(), " more places."]);
    }
    message
}

/// Square brackets are links in SARIF's messages.
fn escape(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn suppressions(status: &Status) -> Vec<Suppression<'_>> {
    match status {
        Status::Active => Vec::new(),
        Status::Waived { reason, .. } => {
            vec![Suppression { kind: "inSource", status: "accepted", justification: reason.as_deref() }]
        }
        Status::Ignored(why) => vec![Suppression { kind: "external", status: "accepted", justification: Some(why) }],
    }
}

fn invocation<'a>(gaps: &'a [Gap], way: &str, left_off: usize) -> Invocation<'a> {
    let more = (left_off > 0).then(|| Notification {
        descriptor: NotificationReference { id: rules::LEFT_OFF, index: 1 },
        level: "warning",
        message: text(format!(
            "{left_off} findings are left off, the least severe: GitHub takes {} a run.",
            github::MOST
        )),
        locations: Vec::new(),
    });
    Invocation {
        execution_successful: gaps.is_empty(),
        tool_execution_notifications: gaps.iter().map(|gap| notification(gap, way)).chain(more).collect(),
    }
}

fn notification<'a>(gap: &'a Gap, way: &str) -> Notification<'a> {
    let region = gap.position.map(|at| Region {
        start_line: at.line,
        start_column: at.column,
        end_line: None,
        end_column: None,
    });
    Notification {
        descriptor: NotificationReference { id: rules::GAP, index: 0 },
        level: "error",
        message: text(format!("Not looked at, or not wholly: {}.", escape(&gap.reason))),
        locations: vec![location((way, &gap.path), region)],
    }
}

fn text<'a>(text: impl Into<Cow<'a, str>>) -> Message<'a> {
    Message { text: text.into() }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// `path` as a URI reference: all but letters, digits and what a path may hold is percent-encoded.
fn uri(path: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    if path.bytes().all(plain) {
        return Cow::Borrowed(path);
    }
    let mut encoded = String::with_capacity(path.len() + 8);
    for byte in path.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend(
                [byte >> 4, byte & 15]
                    .map(|half| b"0123456789ABCDEF".get(usize::from(half)).map_or('0', |digit| char::from(*digit))),
            );
        }
    }
    Cow::Owned(encoded)
}

#[cfg(test)]
mod tests {
    use super::{escape, uri};

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("src/lib.rs"), "src/lib.rs");
        assert_eq!(uri("src/a b/ł#?.rs"), "src/a%20b/%C5%82%23%3F.rs");
    }

    #[test]
    fn brackets_are_no_links() {
        assert_eq!(escape("v[i]\n  + 1"), "v\\[i\\] + 1");
    }
}
