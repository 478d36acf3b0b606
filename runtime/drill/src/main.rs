//! `auditor-drill`: runs the drill, prints its summary, writes its evidence.

use std::path::PathBuf;
use std::process::ExitCode;

use auditor_runtime_drill::{HookVariant, Plan, summary};

const HELP: &str = "\
Drills the panic hook of auditor-runtime and writes evidence (auditor/evidence/v1).

Usage: auditor-drill [--out FILE] [--child PROGRAM] [--abort-child PROGRAM] [--race-child PROGRAM]
                     [--panics N] [--chaos-seconds N] [--nonce TEXT]
                     [--hook present|late|absent] [--without-identity]

--child is auditor-drill-child beside this program unless told; --abort-child is the same built with panic = \"abort\",
--race-child the same built with ThreadSanitizer and --cfg canary.
--nonce is what each child must answer and the evidence shows; a new one unless told.
--hook late, --hook absent and --without-identity show that the drill can fail.
Exit status: 0 no fact failed, 1 some did, 2 the drill could not be run.
";

struct Arguments {
    out: Option<PathBuf>,
    plan: Plan,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()))
    {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match drill(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("the drill could not be run: {error}");
            ExitCode::from(2)
        }
    }
}

fn drill(arguments: &Arguments) -> Result<bool, Box<dyn std::error::Error>> {
    let evidence = arguments.plan.run()?;
    print!("{}", summary(&evidence));
    if let Some(out) = &arguments.out {
        std::fs::write(out, evidence.to_json()?)?;
        println!("evidence: {}", out.display());
    }
    Ok(evidence.passed())
}

/// None where help was asked for.
fn arguments(mut given: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let beside = std::env::current_exe().ok().and_then(|here| Some(here.parent()?.join("auditor-drill-child")));
    let mut plan = Plan::new(beside.unwrap_or_else(|| "auditor-drill-child".into()));
    let mut out = None;
    while let Some(name) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{name} wants a value"));
        plan = match name.as_str() {
            "--help" | "-h" => return Ok(None),
            "--out" => {
                out = Some(value()?.into());
                plan
            }
            "--child" => plan.child(value()?),
            "--abort-child" => plan.abort_child(value()?),
            "--race-child" => plan.race_child(value()?),
            "--panics" => plan.panics(value()?.parse().map_err(|_| "--panics wants a number".to_owned())?),
            "--chaos-seconds" => {
                plan.chaos_seconds(value()?.parse().map_err(|_| "--chaos-seconds wants a number".to_owned())?)
            }
            "--nonce" => plan.nonce(value()?),
            "--without-identity" => plan.identity(false),
            "--hook" => plan.hook(match value()?.as_str() {
                "present" => HookVariant::Present,
                "late" => HookVariant::Late,
                "absent" => HookVariant::Absent,
                other => return Err(format!("--hook is present, late or absent, not {other}")),
            }),
            other => return Err(format!("{other} is not known")),
        };
    }
    Ok(Some(Arguments { out, plan }))
}
