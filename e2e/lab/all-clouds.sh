#!/usr/bin/env bash
# all-clouds.sh [CLOUD…]: plays on each cloud of the lab all that it can do of the suite, and writes what ended well, what
# did not and what was left out to docs/clouds-tested.md, a row a cloud. Half an hour on AWS, less on the others.
# SKYLAB_RESULTS is a folder for the tests' whole output; without it that is not kept.
set -euo pipefail
cd "$(dirname "$0")/../.."

results=${SKYLAB_RESULTS:-$(mktemp -d)}
was_up=yes
e2e/lab/lab instances >/dev/null 2>&1 || was_up=no
finish() {
  [ "$was_up" = yes ] || e2e/lab/lab down
  [ -n "${SKYLAB_RESULTS:-}" ] || rm -rf "$results"
}
trap finish EXIT
mkdir -p "$results"
[ "$was_up" = yes ] || e2e/lab/lab up

for cloud in ${*:-aws lambda do paperspace runpod}; do
  echo "$cloud, since $(date +%R)"
  # A story that fails is part of what the table says, not the end of the round.
  E2E_CLOUD=$cloud go test -tags e2e -count=1 -timeout 90m -run 'TestLab$' -json ./e2e >"$results/$cloud.json" || true
  python3 e2e/lab/table.py docs/clouds-tested.md "$cloud" "${SKYPILOT_VERSION:-0.14.1}" <"$results/$cloud.json"
done
cat docs/clouds-tested.md
