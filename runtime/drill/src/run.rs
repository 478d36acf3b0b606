//! Runs a drill as its plan says, and puts the evidence together.

use std::io;

use super::case::digest_once;
use super::evidence::{Evidence, SCHEMA, Subject, Tool};
use super::facts::{self, Facts};
use super::machine::{Machine, now};
use super::plan::Plan;
use super::proof::{SOURCES, hex};

impl Plan {
    /// Runs the drill: about a minute.
    ///
    /// # Errors
    ///
    /// A child cannot be started. A fact that comes out badly is no error; nor is a child that hangs: it is a fact that failed.
    pub fn run(&self) -> io::Result<Evidence> {
        let started = now();
        let machine = Machine::this();
        let mut found = Facts::default();
        let build_id = self.build_id()?;
        facts::all(self, &mut found)?;
        let mut panic_strategies = vec!["unwind"];
        panic_strategies.extend(self.abort_child.as_ref().map(|_| "abort"));
        Ok(Evidence {
            schema: SCHEMA,
            nonce: self.nonce.clone(),
            tool: Tool { name: "auditor-drill", version: env!("CARGO_PKG_VERSION") },
            subject: Subject {
                program: self.child.display().to_string(),
                digest: format!("sha256:{}", hex(&digest_once(&self.child)?)),
                sources: format!("sha256:{SOURCES}"),
                build_id,
                panic_strategies,
                profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            },
            machine,
            started,
            finished: now(),
            facts: found.list,
        })
    }

    fn build_id(&self) -> io::Result<Option<String>> {
        let left = self.case("idle")?.run()?;
        let installed = left.of_event("hook.installed");
        Ok(installed.first().and_then(|line| Some(line.get("build.id")?.as_str()?.to_owned())))
    }
}
