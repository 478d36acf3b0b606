#!/usr/bin/env bash
# Plays docs/first-week.md on a copy of fixtures/service-before: the first scan, a baseline, a red gate, a waiver, a mended place,
# a change held against its branch. Ends with the first step whose exit code or words are not those of the page.
# AUDITOR names the program; git must be there.
set -euo pipefail
cd "$(dirname "$0")/.."
auditor="$(realpath "${AUDITOR:-target/debug/auditor}")"
folder="$(mktemp -d)"
reports="$(mktemp -d)"
trap 'rm -rf "$folder" "$reports"' EXIT
cp -r fixtures/service-before/. "$folder"
cd "$folder"
rm -rf target
commit() { git -c user.name=newcomer -c user.email=newcomer@example.org commit -qam "$1"; }

# step CODE WORDS COMMAND...: the exit code, and words that must be in the output, whose lines are wrapped.
step() {
    local code=0 wanted="$1" words="$2" out
    shift 2
    out="$("$auditor" "$@" 2>&1)" || code=$?
    if [ "$code" != "$wanted" ]; then echo "auditor $*: exit code $code, not $wanted"; echo "$out"; exit 1; fi
    if ! tr -s ' \n' '  ' <<<"$out" | grep -qF -- "$words"; then echo "auditor $*: no \"$words\""; echo "$out"; exit 1; fi
    echo "ok: auditor $* ($code)"
}

git init -q -b main .
git add -A
commit "as it was"

step 1 "17 findings (9 high, 8 medium)" scan
step 0 "17 findings" baseline
git add -A
commit "what is there today is accepted"
step 0 "0 new, 17 known, 0 moved, 0 gone" scan --baseline

git checkout -q -b topic
cat >>src/tariff.rs <<'RUST'

pub fn first_region(regions: &[&str]) -> String {
    regions.first().unwrap().to_string()
}
RUST
step 1 "1 new, 17 known, 0 moved, 0 gone" scan --baseline
step 1 "1 new, 17 known, 0 moved, 0 gone" scan --since main

sed -i.bak 's|^    regions.first().unwrap|    // auditor: allow(unwrap) `config::regions` never returns an empty list\n&|' src/tariff.rs && rm src/tariff.rs.bak
step 0 "0 new, 17 known, 0 moved, 0 gone" scan --baseline
step 0 "1 finding is waived here and not there" scan --since main
commit "regions have a first one"

sed -i.bak 's|fs::create_dir_all(&folder).unwrap();|let _there = fs::create_dir_all(\&folder);|' src/store.rs && rm src/store.rs.bak
step 0 "0 new, 16 known, 0 moved, 1 gone" scan --baseline
step 0 "16 findings (0 new, 16 as before, 0 moved; 1 gone)" baseline --shrink
commit "a folder that cannot be made is told by its first write"
step 0 "0 new, 16 known, 0 moved, 0 gone" scan --baseline

# Reports lie beside the checkout, so that another revision can be checked out.
"$auditor" scan --format json -o "$reports/after.json" -q >/dev/null && exit 1
git checkout -q main
"$auditor" scan --format json -o "$reports/before.json" -q >/dev/null && exit 1
step 0 "0 new, 16 known, 0 moved, 1 gone" diff "$reports/before.json" "$reports/after.json"
echo "the first week passed"
