#!/usr/bin/env bash
# Wall time and peak memory of `auditor scan` against ast-grep with five equivalent rules, run in turns on one folder.
# usage: benches/compare.sh [FOLDER] [ROUNDS]
# Needs npm (for ast-grep), GNU time at /usr/bin/time, and nothing else running on the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
ast_grep_version=0.51.1
folder=${1:-$root/target/corpus}
rounds=${2:-7}

cargo build --release --quiet
if [ ! -d "$folder" ]; then
    cargo vendor --quiet --locked --versioned-dirs --manifest-path benches/corpus/Cargo.toml target/corpus >/dev/null
fi
peer=$root/target/ast-grep
if [ ! -x "$peer/node_modules/.bin/ast-grep" ]; then
    npm install --silent --no-fund --no-audit --prefix "$peer" "@ast-grep/cli@$ast_grep_version" >/dev/null
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints seconds and KiB of a command whose output is thrown away; its exit code says findings, not failure.
measure() {
    /usr/bin/time -o "$work/time" -f '%e %M' "$@" >/dev/null 2>"$work/errors" || [ $? -eq 1 ]
    tail -n 1 "$work/time"
}
auditor() { measure "$root/target/release/auditor" scan --no-config --all-targets --format json "$folder"; }
peer() {
    measure "$peer/node_modules/.bin/ast-grep" scan --no-ignore hidden --rule "$root/benches/ast-grep/rules.yml" \
        --json=stream "$folder"
}

bytes=$(find "$folder" -name '*.rs' -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
# Once each, so that both read from the page cache.
auditor >/dev/null
peer >/dev/null
for _ in $(seq "$rounds"); do
    echo "$(auditor) $(peer)" >>"$work/pairs"
done

median() { sort -n | awk '{ all[NR] = $1 } END { print (NR % 2) ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }
column() { awk "{ print $1 }" "$work/pairs" | median; }
printf '%s: %.1f MB of Rust, %s cores, medians of %s paired rounds\n' \
    "$folder" "$(awk "BEGIN { print $bytes / 1e6 }")" "$(nproc)" "$rounds"
printf '%-12s %9s %9s %12s %16s\n' '' seconds MB/s 'peak MB' 'peak / scanned'
row() {
    awk -v name="$1" -v seconds="$2" -v kib="$3" -v bytes="$bytes" 'BEGIN {
        printf "%-12s %9.2f %9.1f %12.0f %16.1f\n", name, seconds, bytes / 1e6 / seconds, kib * 1024 / 1e6, kib * 1024 / bytes }'
}
row auditor "$(column '$1')" "$(column '$2')"
row ast-grep "$(column '$3')" "$(column '$4')"
printf 'auditor takes %.2f x the wall time of ast-grep (median of paired ratios)\n' "$(column '$1 / $3')"
