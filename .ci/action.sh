#!/usr/bin/env bash
# What action.yml runs: the auditor with the action's inputs, which are in the environment. Annotates the change, writes the
# job's summary, and SARIF where that is asked; ends as the scan did.
set -euo pipefail
auditor="${AUDITOR:-$RUNNER_TEMP/auditor/bin/auditor}"
args=("--fail-on=$FAIL_ON")
[ -z "$SINCE" ] || args+=("--since=$SINCE")
[ "$BASELINE" != true ] || args+=(--baseline=auditor-baseline.toml)
while IFS= read -r path; do
    # A path that begins with a dash is a path all the same.
    case "$path" in "") ;; -*) args+=("./$path") ;; *) args+=("$path") ;; esac
done <<<"$PATHS"

code=0
"$auditor" scan --format=github "${args[@]}" || code=$?
[ "$code" != 2 ] || exit 2
"$auditor" scan --format=markdown "${args[@]}" >>"${GITHUB_STEP_SUMMARY:-/dev/null}" || true
if [ -n "$SARIF" ]; then
    "$auditor" scan --format=sarif --sarif-profile=github --quiet "--output=$SARIF" "${args[@]}" || true
fi
exit "$code"
