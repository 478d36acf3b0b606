#!/usr/bin/env bash
# serde-sarif 0.8.0 does not compile as the only dependency of a crate: it derives Serialize and Deserialize but does not turn on serde's
# feature `derive`, so that it builds only where another crate of the same graph does. The same crate with `serde = { features = ["derive"] }`
# beside it builds. A published crate is expected to name the features that it needs. Exit 0: this is still so. Needs cargo and the registry.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
package() { # package NAME DEPENDENCIES: checks a crate with these dependencies, in a target folder of its own.
    mkdir -p "$folder/$1/src"
    printf '[package]\nname = "%s"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n[dependencies]\n%s\n' "$1" "$2" >"$folder/$1/Cargo.toml"
    echo 'pub use serde_sarif::sarif::Sarif;' >"$folder/$1/src/lib.rs"
    env -u CARGO_TARGET_DIR cargo check --quiet --manifest-path "$folder/$1/Cargo.toml" 2>"$folder/$1/stderr"
}
only='serde-sarif = { version = "=0.8.0", default-features = false }'
if package alone "$only"; then
    echo "changed: serde-sarif 0.8.0 builds alone"
    exit 1
fi
grep -m 1 'cannot find derive macro' "$folder/alone/stderr" || { echo "changed: it fails for another reason"; exit 1; }
package beside "$only
serde = { version = \"=1.0.229\", features = [\"derive\"] }" || { echo "changed: it does not build beside serde's derive either"; exit 1; }
echo "seen: serde-sarif 0.8.0 builds only where another crate turns on serde's derive"
