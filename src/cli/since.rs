//! `scan --since REF`: what a git revision has is known. The revision is written into a private folder and scanned as the work
//! tree is; its own configuration decides about both, so that no change loosens what it is judged by.

use std::path::{Path, PathBuf};

use super::args::InputArgs;
use super::input;
use super::output::Failure;
use super::scan::dependency_scope;
use crate::audit::{Audit, DiscoverError, ScanError, Workers, scan_on};
use crate::baseline::{Accepted, Waived};
use crate::catalog::{CONFIG_NAME, Overrides, Policy};
use crate::source::{Repository, Revision, checkout_of, find_upwards, read_given, scan_root};

/// What a revision has.
pub(super) struct Before {
    /// How people call it.
    name: String,
    accepted: Accepted,
    waived: Waived,
    notes: Vec<String>,
    /// What decides about the change too: its own configurations do not.
    pub(super) policy: Policy,
}

/// A revision in a folder of its own, which goes when this does.
pub(super) struct Checkout {
    folder: PathBuf,
    /// The work tree that it is a revision of.
    work_tree: PathBuf,
    revision: Revision,
    input: InputArgs,
    root: PathBuf,
    notes: Vec<String>,
    _guard: tempfile::TempDir,
}

impl Checkout {
    /// Writes the revision called `name` of the repository that `input` lies in. Blocks.
    pub(super) fn of(name: &str, input: &InputArgs) -> Result<Self, Failure> {
        let failure = |text: String| Failure::Other(text);
        let first = input.paths.first().map_or(Path::new("."), PathBuf::as_path);
        if first.as_os_str() == "-" {
            return Err(failure("standard input has no revision: --since compares files of a repository".into()));
        }
        let root = scan_root(&input.paths).map_err(|error| Failure::Scan(ScanError::Discover(error)))?;
        let work_tree =
            checkout_of(&root).ok_or_else(|| failure(format!("{} is in no git repository", root.display())))?;
        let repository = Repository::open(work_tree)?;
        let revision = repository.resolve(name)?;
        let lost = |error| Failure::Write { place: "a temporary folder".into(), source: error };
        let guard = tempfile::Builder::new().prefix("auditor-since-").tempdir().map_err(lost)?;
        let folder = guard.path().canonicalize().map_err(lost)?;
        let left_out = repository.write(&revision, &folder)?;
        let notes = left_out.submodules.iter().map(|place| {
            format!("{place} is a repository of its own, of which no revision is read: all that is found there is new")
        });
        let notes: Vec<String> = notes.collect();
        let mut checkout = Self {
            root: PathBuf::new(),
            work_tree: work_tree.to_owned(),
            folder,
            revision,
            input: input.clone(),
            notes,
            _guard: guard,
        };
        checkout.root = checkout.place(&root)?;
        checkout.input.paths = input.paths.iter().map(|path| checkout.place(path)).collect::<Result<_, _>>()?;
        checkout.configuration(input)?;
        Ok(checkout)
    }

    /// Where what lies at `path` of the work tree lies in the revision. The folder is made where the revision has none.
    fn place(&self, path: &Path) -> Result<PathBuf, Failure> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let real = folder.canonicalize().ok();
        let Some(way) = real.as_deref().and_then(|real| real.strip_prefix(&self.work_tree).ok()) else {
            let message = format!("{} lies outside {}", path.display(), self.work_tree.display());
            return Err(Failure::Other(message));
        };
        let place = self.folder.join(way);
        // Where a file is in the way there is nothing to compare with.
        let _none = std::fs::create_dir_all(&place);
        Ok(if path.is_dir() { place } else { place.join(path.file_name().unwrap_or_default()) })
    }

    /// Has the configuration read from the revision, and says so where the work tree has another.
    fn configuration(&mut self, input: &InputArgs) -> Result<(), Failure> {
        if input.isolated {
            return Ok(());
        }
        let start = input.paths.first().map_or(Path::new("."), PathBuf::as_path);
        let given =
            input.config.clone().filter(|path| path.canonicalize().is_ok_and(|at| at.starts_with(&self.work_tree)));
        let (here, there) = match (&input.config, given) {
            // A file from elsewhere is the user's.
            (Some(_), None) => return Ok(()),
            (_, Some(path)) => {
                let place = self.place(&path)?;
                self.input.config = place.exists().then_some(place.clone());
                self.input.isolated = !place.exists();
                (Some(path), Some(place))
            }
            (None, None) => {
                let here = find_upwards(start, CONFIG_NAME);
                let start = self.input.paths.first().filter(|path| path.exists()).cloned();
                (here, find_upwards(&start.unwrap_or_else(|| self.root.clone()), CONFIG_NAME))
            }
        };
        let text = |path: Option<&PathBuf>| path.and_then(|path| read_given(path).ok());
        if text(here.as_ref()) != text(there.as_ref()) {
            let name =
                here.as_deref().and_then(Path::file_name).map_or(CONFIG_NAME.into(), |name| name.to_string_lossy());
            self.notes.push(format!(
                "{name} differs from that of {}, which decides: what a change says of its own judgement counts for the next one",
                self.revision.name
            ));
        }
        Ok(())
    }

    /// Reads the configuration of the revision.
    pub(super) fn policy(&self, overrides: &Overrides) -> Result<Policy, Failure> {
        let folder =
            |path: &PathBuf| if path.exists() { path.clone() } else { path.parent().unwrap_or(path).to_owned() };
        let paths = self.input.paths.iter().map(folder).collect();
        let input = InputArgs { paths, ..self.input.clone() };
        input::policy_at(&self.root, &input, overrides)
    }

    /// Scans the revision as `policy` says; what it lacks is not there. The folder goes. Blocks.
    pub(super) fn scan(mut self, workers: &Workers, policy: Policy) -> Result<Before, Failure> {
        self.input.paths.retain(|path| path.exists());
        let mut before = Before {
            name: format!("{} ({})", self.revision.name, self.revision.short()),
            accepted: Accepted::default(),
            waived: Waived::new(),
            notes: std::mem::take(&mut self.notes),
            policy: policy.clone(),
        };
        if self.input.paths.is_empty() {
            return Ok(before);
        }
        let mut request = input::request(&self.input, &policy, dependency_scope(&policy))?;
        request.root = Some(self.root.clone());
        let program = match scan_on(workers, &request) {
            Ok(program) => program,
            Err(ScanError::Discover(DiscoverError::NothingToRead { .. })) => return Ok(before),
            Err(error) => return Err(error.into()),
        };
        let audit = input::decided(program, policy, &self.input)?;
        before.accepted = audit.accepted();
        before.waived = audit.waived();
        before.policy = audit.policy;
        Ok(before)
    }
}

impl Before {
    /// Compares `audit` with the revision.
    pub(super) fn judge(mut self, audit: &mut Audit) {
        let refused = audit.refuse_added_waivers(&self.waived);
        if refused > 0 {
            let waivers = if refused == 1 { "1 waiver".to_owned() } else { format!("{refused} waivers") };
            self.notes.push(format!("the policy is locked, without effect are {waivers} that the change adds"));
        }
        audit.compare(&self.accepted, &self.name, true);
        audit.compare_waivers(&self.waived, self.notes);
    }
}
