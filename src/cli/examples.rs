//! What help shows below the options: examples, and the exit codes.

pub(super) const EXAMPLES: &str = "\
Examples:
  auditor scan                                  scan the current folder
  auditor scan --format sarif --output out.sarif
  auditor scan --select unwrap,pointer src      only these rules or packs
  git show HEAD:src/lib.rs | auditor scan -     scan standard input
  auditor explain unwrap                        why, and what to write instead

Exit codes: 0 clean · 1 findings at or above --fail-on · 2 the job could not be done, or code was not looked at";

pub(super) const SCAN_EXAMPLES: &str = "\
Examples:
  auditor scan crates/core crates/api
  auditor scan --format short | head                       one line a finding
  auditor scan --fail-on high --ignore assert-macro        what a pull request must not add
  auditor scan --since main...                             what a branch adds, in a pull request's job
  auditor scan --show waived --quiet                       every waiver with its reason
  auditor scan --format sarif --sarif-profile github -o auditor.sarif

A place that is in order is waived in the source, with the reason:
  let first = words[0]; // auditor: allow(slice-index) `words` is not empty, checked above

Exit codes: 0 clean · 1 findings at or above --fail-on · 2 the job could not be done, or code was not looked at";

pub(super) const FIX_EXAMPLES: &str = "\
Examples:
  auditor fix --diff                       what would change, as a patch
  auditor fix                              `?` for unwrap, locks, durations, pointer casts: what is safe
  auditor fix --select unwrap src/parse.rs
  auditor fix --select unused-waiver       take out waivers that cover nothing

Safe fixes compile and leave all as it was where nothing panicked.

Exit codes: 0 done · 1 with --diff or --dry-run, where there is something to change · 2 the job could not be done";

pub(super) const WAIVE_EXAMPLES: &str = "\
Examples:
  auditor waive --rule slice-index --reason 'the table has 256 entries' src/table.rs
  auditor waive --rule unwrap --reason 'tests of the prototype' --diff

Exit codes: 0 done · 1 with --diff or --dry-run, where there is something to change · 2 a finding is not covered";

pub(super) const CHECKLIST_EXAMPLES: &str = "\
Examples:
  auditor checklist                                         the checklist `sig`, by the scan alone
  auditor checklist --evidence evidence.json --format json  with what a drill found
  auditor checklist --require anssi-rust                    exit 1 where a control fails

Exit codes: 0 done · 1 with --require, where a control failed or needs review · 2 the job could not be done";

pub(super) const ARTIFACT_EXAMPLES: &str = "\
Examples:
  auditor artifact target/release/shop                    what a panic can name, by crate and version
  auditor artifact target/release/shop --source .         which sites the optimizer removed, which are left
  auditor artifact target/release/shop --format json -o artifact.json";

pub(super) const BASELINE_EXAMPLES: &str = "\
Examples:
  auditor baseline                     accept what is there today
  auditor scan --baseline              fail on what is new since
  auditor baseline --shrink            leave out what was mended, accept nothing new

The file names findings by package, function, rule and code: no line numbers. It is meant to be committed.
Two branches that both add to it merge line by line with this in .gitattributes:
  auditor-baseline.toml merge=union

Exit codes: 0 written · 1 --shrink met a new finding · 2 the job could not be done, or code was not looked at";

pub(super) const DIFF_EXAMPLES: &str = "\
Examples:
  auditor scan --format json -o before.json
  auditor scan --format json -o after.json
  auditor diff before.json after.json
  auditor diff before.sarif after.sarif --format markdown >> \"$GITHUB_STEP_SUMMARY\"

Findings are compared by package, function, rule and code, as a baseline's are; waived ones are none.

Exit codes: 0 nothing new · 1 a new finding at or above --fail-on · 2 the job could not be done";
