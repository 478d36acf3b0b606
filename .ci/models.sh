#!/bin/sh
# The loom models of the runtime's concurrent pieces (under half a minute), shuttle's random schedules, and the builds without std.
set -eu
cd "$(dirname "$0")/.."
CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom" RUSTFLAGS="--cfg auditor_loom" \
    cargo test -p auditor-runtime --lib --release models
CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/shuttle" RUSTFLAGS="--cfg shuttle" \
    cargo test -p auditor-runtime --lib --release schedules
cargo check -p auditor-runtime --no-default-features
for target in x86_64-unknown-none thumbv7em-none-eabi thumbv7em-none-eabihf; do
    if rustup target list --installed 2>/dev/null | grep -qx "$target"; then
        cargo check -p auditor-runtime --no-default-features --target "$target"
        cargo check -p auditor-runtime --no-default-features --features serde --target "$target"
    else
        echo "skipped: target $target is not installed"
    fi
done
