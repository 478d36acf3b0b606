//! SARIF 2.1.0, so that both the full standard and GitHub's part of it are served.

mod absent;
mod fixes;
mod github;
mod log;
mod rules;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use absent::Listed;
use log::{
    ArtifactLocation, CodeFlow, FlowStep, Invocation, Location, LogicalLocation, Message, Notification,
    NotificationReference, Outcome, OutcomeProperties, PhysicalLocation, Region, RunProperties, Suppression,
    ThreadFlow, UriBase,
};
use rules::Rules;

use crate::finding::line_hash::{LineHash, line_hashes};
use crate::finding::{Confidence, Fingerprint, ReachPath, Severity, Site, Status, expression};
use crate::report::document::{Document, Entry, Key};
use crate::report::json_stream::Object;
use crate::report::options::{Options, Show};
use crate::report::positions::Positions;
use crate::report::renderer::Format;
use crate::report::selection::worst_in_order;
use crate::source::{FileId, Gap, Span};

pub(super) const FORMAT: Format = Format { name: "sarif", about: "SARIF 2.1.0, for code scanning services", render };

/// Where artifact URIs start from; GitHub and most viewers know the name.
const ROOT: &str = "%SRCROOT%";

/// For whom SARIF is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// All findings, named from the scanned folder.
    #[default]
    Full,
    /// What GitHub's code scanning takes: only what counts, for it shows the rest as open alerts; no more results than it
    /// accepts; named from the repository's root.
    Github,
}

fn render(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let scan = document.scan();
    let (show, most, way, root) = match options.sarif {
        Profile::Full => (Show::FINDINGS, None, "", "The scanned folder."),
        Profile::Github => (Show::ACTIVE, Some(github::MOST), scan.root.from_checkout, "The repository."),
    };
    let listed = worst_in_order(document, show, options.limit.count(most));
    let findings_only = listed.keys.iter().all(|key| key.severity.is_some());
    let gone = document.comparison().filter(|_| options.sarif == Profile::Full).map(|it| it.gone.as_slice());
    let results: Vec<Listed<'_>> = listed.keys.iter().map(|key| Listed::Entry(*key)).chain(absent::of(gone)).collect();
    let rules = Rules::of(scan.policy, findings_only);
    let writer = || Writer { rules: &rules, way, positions: Positions::new(scan.files), hashes: None };
    let taxonomies = rules.taxonomies();
    Object::write(out, |log| {
        log.field("$schema", &"https://json.schemastore.org/sarif-2.1.0.json")?;
        log.field("version", &"2.1.0")?;
        log.list_of_one("runs", |run| {
            run.field("tool", &rules.tool())?;
            run.field("invocations", &[invocation(scan.gaps, way, &listed.left_out)])?;
            run.field("originalUriBaseIds", &BTreeMap::from([(ROOT, UriBase { description: text(root) })]))?;
            run.field("columnKind", &"unicodeCodePoints")?;
            run.list("results", &results, Listed::file, writer, |writer, one| writer.listed(document, one))?;
            if !taxonomies.is_empty() {
                run.field("taxonomies", &taxonomies)?;
            }
            let (schema, summary) = (document.schema(), document.conclusion());
            run.field("properties", &RunProperties { coverage: scan.coverage, schema, summary })
        })
    })
}

struct Writer<'a, 'r> {
    rules: &'r Rules<'a>,
    /// From the root of the paths down to the scanned folder.
    way: &'a str,
    positions: Positions<'a>,
    /// Of the file of the last finding; findings come sorted by file.
    hashes: Option<(FileId, Vec<LineHash>)>,
}

impl<'a> Writer<'a, '_> {
    fn outcome(&mut self, document: &'a dyn Document, key: Key<'a>) -> Option<Outcome<'a>> {
        let entry = document.entry(key, &mut self.positions)?;
        let site = entry.site;
        let places = site.related.places().iter().enumerate();
        let related: Vec<_> = places.map(|(at, (span, label))| self.related(at, *span, label)).collect();
        let mut location = self.location(site.span);
        if !site.function.is_empty() {
            let name = LogicalLocation { fully_qualified_name: &site.function, kind: "function" };
            location.logical.push(name);
        }
        let place = location.physical.as_ref().map(|physical| physical.artifact_location.clone());
        let fix = site.fix.as_deref().zip(place).filter(|_| entry.severity.is_some());
        let fixes = fix.and_then(|(fix, place)| fixes::change(fix, place, &mut self.positions));
        let fingerprint = entry.fingerprint.map(|print| (Fingerprint::KEY, print.to_string()));
        let file = self.positions.file(site.span).filter(|_| entry.severity.is_some());
        let line_hash = self.line_hash(site.span).map(|hash| ("primaryLocationLineHash", hash));
        Some(Outcome {
            rule_id: entry.rule,
            occurrence_count: None,
            rule_index: self.rules.index(entry.rule),
            // What is no finding neither passes nor fails.
            kind: entry.severity.is_none().then_some("informational"),
            level: entry.severity.map_or("none", level),
            message: text(message(&entry)),
            locations: vec![location],
            related_locations: related,
            code_flows: site.reach.paths().iter().map(|path| self.flow(path, site)).collect(),
            partial_fingerprints: fingerprint.into_iter().chain(line_hash).collect(),
            baseline_state: document.comparison().and_then(|_| baseline_state(entry.status?)),
            rank: entry.severity.zip(entry.confidence).map(|(severity, confidence)| rank(severity, confidence)),
            suppressions: entry.status.map(suppressions).unwrap_or_default(),
            fixes: fixes.into_iter().collect(),
            properties: OutcomeProperties {
                verdict: site.verdict.as_str(),
                confidence: entry.confidence,
                reason: &site.reason,
                detail: &site.detail,
                context: &site.context,
                cfg: &site.cfg,
                package: file.map(|file| &*file.package),
                expression: file.map(|file| expression(file, site.span)),
            },
        })
    }

    fn listed(&mut self, document: &'a dyn Document, listed: &Listed<'a>) -> Option<Outcome<'a>> {
        match listed {
            Listed::Entry(key) => self.outcome(document, *key),
            Listed::Absent(gone) => Some(absent::outcome(gone, self.rules)),
        }
    }

    fn location(&mut self, span: Span) -> Location<'a> {
        let place = self.positions.of(span);
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

    /// The way from an entry point to a site.
    fn flow(&mut self, path: &'a ReachPath, site: &'a Site) -> CodeFlow<'a> {
        let mut locations = Vec::with_capacity(path.hops.len() + 1);
        for hop in &path.hops {
            let said = match hop.from {
                None => format!("{}: {} enters", hop.function, path.entry),
                Some(_) => format!("{}: {}", hop.function, hop.how),
            };
            let message = Some(text(escape(&said)));
            let location = Location { message, ..self.location(hop.from.unwrap_or(hop.at)) };
            locations.push(FlowStep { location });
        }
        let message = Some(text(escape(site.kind.as_str())));
        locations.push(FlowStep { location: Location { message, ..self.location(site.span) } });
        let said = format!("reached from {} by {}", path.hops.first().map_or("", |hop| &hop.function), path.entry);
        CodeFlow { message: text(escape(&said)), thread_flows: [ThreadFlow { locations }] }
    }

    fn line_hash(&mut self, span: Span) -> Option<String> {
        let file = self.positions.file(span)?;
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
    let physical = Some(PhysicalLocation { artifact_location, region });
    Location { id: None, physical, logical: Vec::new(), message: None }
}

/// What is wrong, what it is about, and links to the related places.
fn message(entry: &Entry<'_>) -> String {
    let site = entry.site;
    let mut message = escape(entry.title());
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

/// What the run's baseline says of a finding; a waived or ignored one is not compared.
const fn baseline_state(status: &Status) -> Option<&'static str> {
    match status {
        Status::Active => Some("new"),
        Status::Known { .. } => Some("unchanged"),
        Status::Waived { .. } | Status::Ignored(_) => None,
    }
}

fn suppressions(status: &Status) -> Vec<Suppression<'_>> {
    match status {
        Status::Active | Status::Known { .. } => Vec::new(),
        Status::Waived { reason, .. } => {
            vec![Suppression { kind: "inSource", status: "accepted", justification: reason.as_deref() }]
        }
        Status::Ignored(why) => vec![Suppression { kind: "external", status: "accepted", justification: Some(why) }],
    }
}

fn invocation<'a>(gaps: &'a [Gap], way: &str, left_out: &[Key<'_>]) -> Invocation<'a> {
    let more = (!left_out.is_empty()).then(|| Notification {
        descriptor: NotificationReference { id: rules::LEFT_OUT, index: 1 },
        level: "warning",
        message: text(format!("{} findings are left out, the least severe ones.", left_out.len())),
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

/// SARIF's importance from 0 to 100: severities in steps of twenty, within which the surest come first.
const fn rank(severity: Severity, confidence: Confidence) -> u32 {
    let surety = match confidence {
        Confidence::Low => 4,
        Confidence::Medium => 12,
        Confidence::High => 20,
    };
    20 * severity as u32 + surety
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
