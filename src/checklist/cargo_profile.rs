//! The build profiles of a workspace, from its `Cargo.toml`: what they say of panics, of overflow, and of the names in a backtrace.

use toml::{Table, Value};

use super::fact::{Evidence, Fact, FactStatus};

/// The profiles that people develop and test with.
const DEVELOPING: [&str; 2] = ["dev", "test"];

/// What a development build checks unless a profile turns it off.
const CHECKS: [&str; 2] = ["overflow-checks", "debug-assertions"];

impl Evidence {
    /// Reads the text of the manifest at `path`; `None` where it is no TOML, of which the scan tells.
    pub fn of_manifest(path: &str, text: &str) -> Option<Self> {
        let manifest: Table = toml::from_str(text).ok()?;
        let profiles = manifest.get("profile").and_then(Value::as_table);
        let of = |name: &str| profiles.and_then(|profiles| profiles.get(name)).and_then(Value::as_table);
        let release = of("release");
        let facts = vec![developing(of), overflow(release), symbols(release), strategy(release)];
        let (path, tool) = (path.to_owned(), "Cargo manifest".to_owned());
        let (subject, finished) =
            ("its build profiles; flags and variables of a build are not seen".to_owned(), String::new());
        Some(Self { path, tool, subject, finished, facts, compiled: None })
    }
}

fn developing<'a>(of: impl Fn(&str) -> Option<&'a Table>) -> Fact {
    let mut off = Vec::new();
    for name in DEVELOPING {
        let is_off =
            |key: &&str| of(name).and_then(|profile| profile.get(*key)).and_then(Value::as_bool) == Some(false);
        off.extend(CHECKS.iter().filter(|key| is_off(key)).map(|key| format!("profile.{name}.{key} = false")));
    }
    let status = if off.is_empty() { FactStatus::Passed } else { FactStatus::Failed };
    Fact::named(
        "cargo/development-checks",
        "development builds check overflow and debug assertions",
        status,
        &off.join(", "),
    )
}

fn overflow(release: Option<&Table>) -> Fact {
    let is_on = release.and_then(|profile| profile.get("overflow-checks")).and_then(Value::as_bool) == Some(true);
    let status = if is_on { FactStatus::Passed } else { FactStatus::Failed };
    let detail = if is_on { "" } else { "profile.release.overflow-checks is not true: what overflows wraps" };
    Fact::named("cargo/overflow-checks", "release builds check overflow", status, detail)
}

/// Without symbols a backtrace is numbers. Cargo strips debug information by itself, and never symbols.
fn symbols(release: Option<&Table>) -> Fact {
    let strip = release.and_then(|profile| profile.get("strip"));
    let is_stripped = strip.is_some_and(|strip| strip.as_bool() == Some(true) || strip.as_str() == Some("symbols"));
    let status = if is_stripped { FactStatus::Failed } else { FactStatus::Passed };
    let debug = release.and_then(|profile| profile.get("debug")).map_or_else(|| "not set".to_owned(), Value::to_string);
    let detail = format!(
        "profile.release.strip {}, debug {debug}",
        strip.map_or_else(|| "not set".to_owned(), Value::to_string)
    );
    Fact::named("cargo/symbols", "release builds keep the names of their functions", status, &detail)
}

/// Neither is wrong: what a record of a panic can still do differs.
fn strategy(release: Option<&Table>) -> Fact {
    let panic = release.and_then(|profile| profile.get("panic")).and_then(Value::as_str).unwrap_or("unwind");
    let title = "what a panic does in a release build";
    Fact::named("cargo/panic-strategy", title, FactStatus::Reported, &format!("panic = {panic}"))
}
