#!/bin/sh
# ThreadSanitizer over the runtime. Needs a nightly toolchain with rust-src (std must be instrumented too); says skipped without.
set -eu
if ! cargo +nightly --version >/dev/null 2>&1 || [ ! -d "$(rustc +nightly --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library" ]; then
    echo "skipped: no nightly toolchain with rust-src (rustup component add --toolchain nightly rust-src)"
    exit 0
fi
cd "$(dirname "$0")/.."
target="$(rustc +nightly -vV | sed -n 's/^host: //p')"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/tsan"
export RUSTFLAGS="-Zsanitizer=thread --cfg tsan --cfg canary ${RUSTFLAGS:-}"
export TSAN_OPTIONS="halt_on_error=1 ${TSAN_OPTIONS:-}"
run() {
    cargo +nightly test -Zbuild-std --target "$target" -p auditor-runtime "$@"
}
run --test race_canary --no-run
if run --test race_canary >/dev/null 2>&1; then
    echo "failed: ThreadSanitizer did not notice the seeded race"
    exit 1
fi
run --lib --test maps
