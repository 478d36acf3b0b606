//! Runs what is compared: cargo for the pinned crates and their MIR, clippy, and the auditor itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::mir::{self, Truth};
use crate::place::{Place, Sources};
use crate::score::{KINDS, Listed, Says};

/// Panic lints of clippy and the kinds of sites that each stands for.
const LINTS: [(&str, &[&str]); 5] = [
    ("clippy::unwrap_used", &["unwrap"]),
    ("clippy::expect_used", &["expect"]),
    ("clippy::indexing_slicing", &["slice-index", "range-index"]),
    ("clippy::string_slice", &["str-index"]),
    ("clippy::arithmetic_side_effects", &["integer-overflow", "integer-division"]),
];

/// The kinds that clippy has a lint for.
pub(crate) const CLIPPY_KINDS: [&str; 7] =
    ["unwrap", "expect", "slice-index", "range-index", "str-index", "integer-division", "integer-overflow"];

/// Fetches `crates` (name and exact version) through cargo; returns the folder that holds `NAME-VERSION` for each. Blocks.
pub(crate) fn fetch(work: &Path, crates: &[(&str, &str)]) -> PathBuf {
    let asks = work.join("asks");
    std::fs::create_dir_all(asks.join("src")).expect("a folder can be made");
    let dependencies: Vec<_> = crates.iter().map(|(name, version)| format!("{name} = \"={version}\"")).collect();
    let dependencies = dependencies.join("\n");
    let manifest = format!(
        "[package]\nname = \"asks\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n"
    );
    std::fs::write(asks.join("Cargo.toml"), manifest).expect("a file can be written");
    std::fs::write(asks.join("src/lib.rs"), "").expect("a file can be written");
    let vendor = work.join("crates");
    let mut cargo = Command::new("cargo");
    cargo.args(["vendor", "--quiet", "--versioned-dirs"]).arg(&vendor).current_dir(&asks);
    succeed(&mut cargo);
    for (name, version) in crates {
        let manifest = vendor.join(format!("{name}-{version}/Cargo.toml"));
        let text = std::fs::read_to_string(&manifest).expect("the crate was fetched");
        if !text.contains("\n[workspace]") {
            // So that cargo does not take it for a member of the repository around it.
            std::fs::write(&manifest, format!("{text}\n[workspace]\n")).expect("a file can be written");
        }
    }
    vendor
}

/// Asks rustc what it knows of the crate in `root`. Blocks for a build.
pub(crate) fn compiler(root: &Path, target: &Path, sources: &Sources) -> Truth {
    if target.exists() {
        // A fresh build would write no MIR.
        std::fs::remove_dir_all(target).expect("what an earlier run built can be removed");
    }
    let mut cargo = Command::new("cargo");
    cargo.args(["rustc", "--lib", "--quiet", "--target-dir"]).arg(target).current_dir(root);
    cargo.args(["--", "--cap-lints=allow", "-Coverflow-checks=on", "-Copt-level=0", "-Cdebuginfo=0"]);
    cargo.args(["--emit=mir", "-Zmir-include-spans=on", "-Zmir-opt-level=0"]);
    // Unlocks the flags that print spans, on the stable compiler.
    cargo.env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTFLAGS");
    succeed(&mut cargo);
    let mut truth = Truth::default();
    let written = std::fs::read_dir(target.join("debug/deps")).expect("cargo has built");
    let files = written.filter_map(|entry| Some(entry.ok()?.path()));
    let mut count = 0;
    for file in files.filter(|file| file.extension().is_some_and(|end| end == "mir")) {
        let text = std::fs::read(file).expect("MIR can be read");
        mir::read(&String::from_utf8_lossy(&text), sources, &mut truth);
        count += 1;
    }
    assert_eq!(count, 1, "one crate's MIR in {}", target.display());
    truth
}

/// What clippy's panic lints say of the crate in `root`. Blocks for a check.
pub(crate) fn clippy(root: &Path, target: &Path, sources: &Sources) -> Vec<Listed> {
    let mut cargo = Command::new("cargo");
    cargo.args(["clippy", "--lib", "--quiet", "--message-format", "json", "--target-dir"]).arg(target);
    cargo.args(["--", "--cap-lints=warn"]).current_dir(root);
    cargo.args(LINTS.iter().flat_map(|(lint, _)| ["-W", lint])).env_remove("RUSTFLAGS");
    let output = succeed(&mut cargo);
    let mut list = Vec::new();
    for message in output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let message = &message["message"];
        let lint = message["code"]["code"].as_str().unwrap_or_default();
        let Some((_, kinds)) = LINTS.iter().find(|(name, _)| *name == lint) else { continue };
        for span in message["spans"].as_array().into_iter().flatten().filter(|span| span["is_primary"] == true) {
            let at = |line: &str, column: &str| (number(&span[line]), number(&span[column]));
            let file = span["file_name"].as_str().unwrap_or_default();
            let place = sources.place(file, at("line_start", "column_start"), at("line_end", "column_end"));
            list.extend(place.map(|place| Listed { place, kinds, says: Says::Site }));
        }
    }
    list.dedup_by(|later, kept| later.place == kept.place && later.kinds == kept.kinds);
    list
}

/// What the auditor's surface lists of the crate in `root`. Blocks.
pub(crate) fn auditor(root: &Path) -> Vec<Listed> {
    let mut auditor = Command::new(env!("CARGO_BIN_EXE_auditor"));
    auditor.args(["surface", "--no-config", "--format", "json", "."]).current_dir(root);
    let surface: Value = serde_json::from_str(&succeed(&mut auditor)).expect("the surface is JSON");
    let sites = surface["sites"].as_array().expect("sites are a list");
    let listed = sites.iter().filter_map(|site| {
        let kind = site["kind"].as_str()?;
        let kinds = KINDS.iter().position(|it| *it == kind).and_then(|at| KINDS.get(at..=at))?;
        let at = |line: &str, column: &str| (number(&site[line]), number(&site[column]));
        let file = site["file"].as_str()?.to_owned();
        let place = Place { file, start: at("line", "column"), end: at("end_line", "end_column") };
        let says = match site["verdict"].as_str()? {
            "indeterminate" => Says::Unsure,
            "discharged" => Says::Discharged,
            _ => Says::Site,
        };
        Some(Listed { place, kinds, says })
    });
    listed.collect()
}

fn number(value: &Value) -> u32 {
    value.as_u64().and_then(|number| number.try_into().ok()).unwrap_or(1)
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
