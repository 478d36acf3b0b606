#!/bin/sh
# Miri over the runtime: undefined behaviour, data races, weak memory. Needs a nightly toolchain with the miri component; says skipped without.
set -eu
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    echo "skipped: no nightly toolchain with miri (rustup component add --toolchain nightly miri rust-src)"
    exit 0
fi
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/miri"
export MIRIFLAGS="-Zmiri-disable-isolation ${MIRIFLAGS:-}"
# The canary must be caught, or the run proves nothing.
if RUSTFLAGS="--cfg canary" cargo +nightly miri test -p auditor-runtime --test race_canary >/dev/null 2>&1; then
    echo "failed: miri did not notice the seeded race"
    exit 1
fi
cargo +nightly miri test -p auditor-runtime --lib --test maps
