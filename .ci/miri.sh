#!/bin/sh
# Miri over the runtime: undefined behaviour, data races, weak memory, leaks. Ten minutes on one core. Needs a nightly toolchain with the
# miri component; says skipped without. What starts child processes or stops threads for real time is left to the ordinary tests.
set -eu
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    echo "skipped: no nightly toolchain with miri (rustup component add --toolchain nightly miri rust-src)"
    exit 0
fi
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/miri"
export MIRIFLAGS="-Zmiri-disable-isolation ${MIRIFLAGS:-}"
# The canary must be caught, or the run proves nothing; and for what it is, not because it did not build.
if said=$(RUSTFLAGS="--cfg canary" cargo +nightly miri test -p auditor-runtime --test race_canary 2>&1); then
    echo "failed: miri did not notice the seeded race"
    exit 1
fi
case "$said" in
*"Data race detected"*) echo "the seeded race was caught" ;;
*)
    printf '%s\n' "$said"
    echo "failed: the seeded race was not what stopped the canary"
    exit 1
    ;;
esac
cargo +nightly miri test -p auditor-runtime --lib --test maps
# What finds no memory is leaked on purpose there.
MIRIFLAGS="$MIRIFLAGS -Zmiri-ignore-leaks" cargo +nightly miri test -p auditor-runtime --test allocator
# rayon's own deques keep memory for ever, and make pointers of integers.
MIRIFLAGS="$MIRIFLAGS -Zmiri-ignore-leaks -Zmiri-permissive-provenance -Zmiri-tree-borrows" \
    cargo +nightly miri test -p auditor-runtime --features rayon --test parallel
echo "passed"
