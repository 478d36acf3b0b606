//! `auditor artifact`: which panic locations a compiled program holds, and which sites of its sources they are.

use super::Outcome;
use super::args::ArtifactArgs;
use super::choices::ArtifactFormat;
use super::ci_commands::Escape;
use super::output::{Failure, write_to};
use crate::audit::{DependencyScope, Join, ScanRequest, join_artifact, read_artifact, scan};
use crate::report::{ArtifactReport, ArtifactSource, artifact_json, artifact_text};
use crate::source::absolute;

pub(super) fn run(args: &ArtifactArgs) -> Result<Outcome, Failure> {
    let shown = args.binary.to_string_lossy();
    let artifact =
        read_artifact(&args.binary).map_err(|source| Failure::Artifact { path: shown.to_string(), source })?;
    let program = match &args.source {
        None => None,
        Some(folder) => {
            let paths = vec![folder.clone()];
            let request = ScanRequest { paths, dependencies: DependencyScope::ALL, ..ScanRequest::default() };
            Some(scan(&request)?)
        }
    };
    let joined: Option<Join<'_>> = program.as_ref().map(|program| join_artifact(&artifact, program)).transpose()?;
    let root = program.as_ref().map(|program| absolute(&program.root)).unwrap_or_default();
    let source = program.as_ref().zip(joined.as_ref());
    let source = source.map(|(program, join)| ArtifactSource { root: &root, files: &program.files, join });
    let report = ArtifactReport { path: &shown, artifact: &artifact, source };
    let escape = if args.format == ArtifactFormat::Json { Escape::Json } else { Escape::Text };
    write_to(args.output.as_deref(), escape, |out| match args.format {
        ArtifactFormat::Json => artifact_json(&report, out),
        ArtifactFormat::Text => artifact_text(&report, out),
    })?;
    Ok(Outcome::Clean)
}
