#!/bin/sh
# ThreadSanitizer over the runtime. Four minutes on two cores. Needs a nightly toolchain with rust-src (std must be instrumented too);
# says skipped without.
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
# The canary must be caught, or the run proves nothing; and for what it is.
if said=$(run --test race_canary 2>&1); then
    echo "failed: ThreadSanitizer did not notice the seeded race"
    exit 1
fi
case "$said" in
*"ThreadSanitizer: data race"*) echo "the seeded race was caught" ;;
*)
    printf '%s\n' "$said"
    echo "failed: the seeded race was not what stopped the canary"
    exit 1
    ;;
esac
run --features rayon --lib --test maps --test stalls --test allocator --test parallel
echo "passed"
