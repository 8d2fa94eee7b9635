#!/usr/bin/env bash
# Draws docs/demo.svg from a run of the demo: docs/picture.sh
set -euo pipefail
cd "$(dirname "$0")/.."
run=$(mktemp)
trap 'rm -f "$run"' EXIT
go run ./sidecar demo >"$run"
go run ./e2e/picture go run ./sidecar demo <"$run" >docs/demo.svg
