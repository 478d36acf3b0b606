//! By entry point, for people.

use std::collections::BTreeMap;
use std::io;

use super::{DependencyReach, EntryReach, ReachView, SiteWay, unseen_word};
use crate::finding::Site;
use crate::reach::Link;
use crate::report::document::Scan;
use crate::report::lines::one_line;
use crate::report::positions::{Positions, shown};
use crate::report::table::plural;
use crate::source::Span;

/// Ends of sight that are named before they are counted.
const NAMED: usize = 6;

/// Writes what each entry point reaches. O(ways).
pub(in crate::report) fn reach_text(
    view: &ReachView<'_>,
    sites: &[Site],
    scan: Scan<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut places = Places { positions: Positions::new(scan.files), base: scan.root.from_here };
    for entry in &view.entries {
        head(view, entry, &mut places, out)?;
        for way in &entry.sites {
            site(view, way, sites, &mut places, out)?;
        }
        ends(entry, out)?;
        writeln!(out)?;
    }
    if let Some(found) = &view.dependencies {
        return dependencies(view, found, sites, &mut places, out);
    }
    let mut kinds: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for entry in &view.entries {
        let counts = kinds.entry(entry.entry.kind.as_str()).or_default();
        counts.0 += 1;
        counts.1 += entry.sites.len() as u64;
    }
    for (kind, (entries, ways)) in kinds {
        writeln!(
            out,
            "  {}: {ways} shortest ways to open panic sites",
            plural(entries, &format!("{kind} entry point"))
        )?;
    }
    if !view.unreached.is_empty() {
        writeln!(out, "  {} not reached from these", plural(view.unreached.len() as u64, "open panic site"))?;
        for &at in view.unreached.iter().take(NAMED) {
            let Some(site) = sites.get(at as usize) else { continue };
            writeln!(out, "    {} {} in {}", site.kind, places.of(site.span), one_line(&site.function))?;
        }
    }
    Ok(())
}

/// By package: what of it is reached, and how.
fn dependencies(
    view: &ReachView<'_>,
    found: &[DependencyReach],
    sites: &[Site],
    places: &mut Places<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for one in found.iter().filter(|one| !one.sites.is_empty()) {
        let (count, called) =
            (plural(one.sites.len() as u64, "open panic site"), plural(one.called.len() as u64, "function"));
        writeln!(out, "{} · {called} called from outside · {count} in reach", one_line(&one.package))?;
        for way in &one.sites {
            site(view, way, sites, places, out)?;
        }
        writeln!(out)?;
    }
    for one in found {
        let (count, called) =
            (plural(one.sites.len() as u64, "open panic site"), plural(one.called.len() as u64, "function"));
        writeln!(out, "  {}: {called} called, {count} in reach", one_line(&one.package))?;
    }
    Ok(())
}

struct Places<'a> {
    positions: Positions<'a>,
    base: &'a str,
}

impl Places<'_> {
    fn of(&mut self, span: Span) -> String {
        let place = self.positions.of(span);
        one_line(&format!("{}:{}:{}", shown(self.base, place.path), place.start.line, place.start.column))
    }
}

fn head(view: &ReachView<'_>, entry: &EntryReach, places: &mut Places<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(node) = view.graph.nodes.get(entry.entry.node as usize) else { return Ok(()) };
    let count = plural(entry.sites.len() as u64, "open panic site");
    let path = one_line(&node.path);
    writeln!(out, "{} {path} · {} · {count}", entry.entry.kind.as_str(), places.of(node.at))
}

fn site(
    view: &ReachView<'_>,
    way: &SiteWay,
    sites: &[Site],
    places: &mut Places<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let Some(site) = sites.get(way.site as usize) else { return Ok(()) };
    writeln!(out, "  {} {} {}", site.rule, places.of(site.span), site.verdict.as_str())?;
    if let (true, Some(start)) = (view.dependencies.is_some(), view.graph.nodes.get(way.start as usize)) {
        writeln!(out, "    from {} {}", one_line(&start.path), places.of(start.at))?;
    }
    for (_, step) in &way.ways {
        let path = view.graph.nodes.get(step.to as usize).map_or("", |node| &node.path);
        writeln!(out, "    → {} {}{}", one_line(path), places.of(step.at), aside(step.link))?;
    }
    Ok(())
}

const fn aside(link: Link) -> &'static str {
    match link {
        Link::Call => "",
        Link::Dispatch => " (by way of its trait)",
        Link::Implicit => " (by the language or std)",
        Link::Value => " (handed on)",
        Link::Caught => " (its panics are caught)",
        Link::Entry(_) => " (entered by others)",
    }
}

fn ends(entry: &EntryReach, out: &mut dyn io::Write) -> io::Result<()> {
    if entry.unseen.is_empty() {
        return Ok(());
    }
    let mut named: Vec<String> = entry
        .unseen
        .iter()
        .take(NAMED)
        .map(|(&(why, name), count)| {
            format!("{}{}{name} ({count})", unseen_word(why), if name.is_empty() { "" } else { " " })
        })
        .collect();
    if entry.unseen.len() > NAMED {
        named.push(format!("and {} more", entry.unseen.len() - NAMED));
    }
    writeln!(out, "  sight ends at: {}", one_line(&named.join(", ")))
}
