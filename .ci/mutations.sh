#!/bin/bash
# The drill must see a map that loses data or memory: each mutation below breaks the maps in a copy of the tree, and the drill of that
# copy must fail the facts that it names. The copy as it is must pass them, or the run proves nothing. Ten minutes on two cores.
# A mutation whose place is no longer there ends the run: find its new place.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
work="${CARGO_TARGET_DIR:-$PWD/target}/mutations"
export CARGO_TARGET_DIR="$work/build"
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_INCREMENTAL=true

# fresh: the tree as git has it, with what is not committed yet; with new times, or cargo would take a mutated build for that of an older file.
fresh() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree"
    (cd "$repository" && git ls-files -z --cached --others --exclude-standard | xargs -0 -I{} sh -c 'test -e "$1" && printf "%s\0" "$1"' _ {} |
        tar --null -T - -cf -) | tar -xmf - -C "$work/tree"
}
# mutate FILE LINE CODE: puts the code behind the one line that is LINE.
mutate() {
    local file="$work/tree/$1" line=$2 code=$3
    [ "$(grep -cFx -- "$line" "$file")" = 1 ] || { echo "failed: $1 has not one line: $line"; exit 1; }
    LINE=$line CODE=$code awk '{ print } $0 == ENVIRON["LINE"] { print ENVIRON["CODE"] }' "$file" >"$file.new"
    mv "$file.new" "$file"
}
# drill: builds the tree's drill and runs it; its summary is in $said.
drill() {
    (cd "$work/tree" && cargo build --quiet --release -p auditor-runtime-drill --no-default-features --features evidence --bins)
    said=$("$CARGO_TARGET_DIR/release/auditor-drill" --panics 200 --chaos-seconds 2) || [ $? = 1 ]
}
is() { grep -q "^$1 *$2 " <<<"$said"; }
# must_fail NAME FACT: after a mutation.
must_fail() {
    drill
    is FAILED "$2" || { echo "$said"; echo "failed: the drill does not see this mutation: $1"; exit 1; }
    echo "seen: $1 ($2 failed)"
}

facts="maps-wrong-answers maps-kinds maps-values-kept maps-values-after maps-bytes-after chaos-wrong-answers"
fresh
drill
for fact in $facts; do
    is passed "$fact" || { echo "$said"; echo "failed: without a mutation $fact does not pass"; exit 1; }
done
echo "without a mutation all of these pass: $facts"

fresh
mutate runtime/src/map/insert_remove.rs '    pub fn insert(&self, key: K, value: V) -> Option<Ref<'"'"'_, K, V>> {' \
    '        if core::mem::size_of::<(K, V)>() == 16 && self.hasher().hash_one(&key) % 1000 == 7 { return None; }'
must_fail "one insertion of integers in a thousand is lost" maps-wrong-answers

fresh
mutate runtime/src/ordered/write.rs '    pub fn insert(&self, key: K, value: V) -> Option<Ref<'"'"'_, K, V>> {' \
    '        if core::mem::size_of::<K>() > 0 { drop((key, value)); return None; }'
must_fail "the ordered map inserts nothing" maps-wrong-answers

fresh
mutate runtime/src/epoch/domain.rs '        self.collecting.store(false, Ordering::Release);' \
    '        self.safe.0.store(0, Ordering::Release);'
must_fail "nothing is ever freed" maps-values-kept
echo "passed"
