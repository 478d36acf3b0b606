#!/bin/sh
# The whole drill of the panic hook and the maps, with evidence of every fact: the child built as it is, with panic = "abort", and with
# ThreadSanitizer (skipped, and said so in the evidence, without a nightly toolchain and rust-src). Writes evidence to its argument.
# Chaos: ten seconds, or AUDITOR_DRILL_CHAOS seconds; on two cores 120 give enough independent episodes (300,000) for 99.999 %.
set -eu
cd "$(dirname "$0")/.."
out="${1:-target/evidence.json}"
target="${CARGO_TARGET_DIR:-target}"

cargo build --release -p auditor-runtime-drill --bins
cargo build --release -p auditor-runtime-drill --bin auditor-drill-child \
    --config 'profile.release.panic="abort"' --target-dir "$target/abort-child"
set -- --abort-child "$target/abort-child/release/auditor-drill-child"

sysroot="$(rustc +nightly --print sysroot 2>/dev/null || true)"
if [ -n "$sysroot" ] && [ -d "$sysroot/lib/rustlib/src/rust/library" ]; then
    host="$(rustc +nightly -vV | sed -n 's/^host: //p')"
    RUSTFLAGS="-Zsanitizer=thread --cfg tsan --cfg canary" cargo +nightly build -Zbuild-std --target "$host" --release \
        -p auditor-runtime-drill --no-default-features --bin auditor-drill-child --target-dir "$target/tsan"
    set -- "$@" --race-child "$target/tsan/$host/release/auditor-drill-child"
else
    echo "skipped: no nightly toolchain with rust-src, so no race detector (rustup component add --toolchain nightly rust-src)"
fi
"$target/release/auditor-drill" "$@" --chaos-seconds "${AUDITOR_DRILL_CHAOS:-10}" --out "$out"
