//! What a drill is to do. Doing it is `run.rs`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::case::{Case, HookVariant, Trouble, new_nonce};

/// A drill to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) child: PathBuf,
    pub(super) abort_child: Option<PathBuf>,
    pub(super) race_child: Option<PathBuf>,
    pub(super) hook: HookVariant,
    pub(super) identity: bool,
    pub(super) panics: u32,
    pub(super) chaos_seconds: u64,
    pub(super) nonce: String,
    pub(super) most: Duration,
    pub(super) trouble: Arc<Mutex<Trouble>>,
}

/// The identity that the drilled program is given, and must show.
pub(super) const POD_UID: &str = "fd52ef25-a87d-11e9-9423-0800271a638e";
pub(super) const CONTAINER_ID: &str = "8c046cb0b72cd4c99f51b5591cd5b095967f58ee003710a45280c28ee1a9c7fa";
pub(super) const COMPONENT: &str = "drilled";

impl Plan {
    /// The whole drill of `child`, the program `auditor-drill-child`: hook first, identity given, 10,000 panics timed.
    pub fn new(child: impl Into<PathBuf>) -> Self {
        Self {
            child: child.into(),
            abort_child: None,
            race_child: None,
            hook: HookVariant::Present,
            identity: true,
            panics: 10_000,
            chaos_seconds: 10,
            nonce: new_nonce(),
            most: Duration::MAX,
            trouble: Arc::default(),
        }
    }

    /// Another child.
    #[must_use]
    pub fn child(mut self, program: impl Into<PathBuf>) -> Self {
        self.child = program.into();
        self
    }

    /// The same child built with `panic = "abort"`.
    #[must_use]
    pub fn abort_child(mut self, program: impl Into<PathBuf>) -> Self {
        self.abort_child = Some(program.into());
        self
    }

    /// The same child built with ThreadSanitizer and `--cfg canary`; `.ci/drill.sh` shows how.
    #[must_use]
    pub fn race_child(mut self, program: impl Into<PathBuf>) -> Self {
        self.race_child = Some(program.into());
        self
    }

    /// How the child treats the hook.
    #[must_use]
    pub fn hook(mut self, variant: HookVariant) -> Self {
        self.hook = variant;
        self
    }

    /// Whether the child is told its pod and container; yes unless told.
    #[must_use]
    pub fn identity(mut self, given: bool) -> Self {
        self.identity = given;
        self
    }

    /// How many panics are timed; 10,000 unless told.
    #[must_use]
    pub fn panics(mut self, count: u32) -> Self {
        self.panics = count;
        self
    }

    /// How long the maps are put to the test; ten seconds unless told.
    #[must_use]
    pub fn chaos_seconds(mut self, seconds: u64) -> Self {
        self.chaos_seconds = seconds;
        self
    }

    /// What the children must answer; whoever asks for the evidence may choose it, so that no older one can be shown instead.
    #[must_use]
    pub fn nonce(mut self, text: impl Into<String>) -> Self {
        self.nonce = text.into();
        self
    }

    /// Most time that any child is given; each has a deadline of its own, by its work.
    #[must_use]
    pub fn deadline(mut self, most: Duration) -> Self {
        self.most = most;
        self
    }

    /// A case of the child, told what this plan says of hook and identity.
    pub(super) fn case(&self, name: &str) -> io::Result<Case> {
        self.case_of(&self.child, name)
    }

    pub(super) fn case_of(&self, program: &Path, name: &str) -> io::Result<Case> {
        let case = Case::new(program, name)?
            .of_drill(&self.nonce, &self.trouble, self.most)
            .with("AUDITOR_DRILL_HOOK", self.hook.name())
            .with("AUDITOR_PANIC_CHAIN", "0")
            .with("AUDITOR_COMPONENT", COMPONENT);
        Ok(if self.identity {
            case.with("K8S_POD_UID", POD_UID).with("OTEL_RESOURCE_ATTRIBUTES", format!("container.id={CONTAINER_ID}"))
        } else {
            case
        })
    }
}
