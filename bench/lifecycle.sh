#!/usr/bin/env bash
# What each operation takes beside bare `sky` with the same task, one life after the other, in the lab
# (e2e/lab; it needs root), and how many `sky` it starts: ./bench/lifecycle.sh [ROUNDS]
# A launch is compared with `sky launch -d`, which leaves the job alone, and with one that waits for it; a
# start with `sky start`, which runs no job, and with one that has `sky exec` after it.
set -euo pipefail
cd "$(dirname "$0")/.."
E2E_LIFECYCLE=${1:-3} go test -tags e2e -count=1 -timeout 2h -run 'TestLifecycle$' -v ./e2e
