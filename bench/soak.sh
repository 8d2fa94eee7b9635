#!/usr/bin/env bash
# A million calls to the sidecar: memory, descriptors, threads and goroutines must
# stay flat. ./bench/soak.sh [-calls N]
set -euo pipefail
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
(cd .. && go build -trimpath -o "$dir/sidecar" ./sidecar)
go build -o "$dir/soak" ./soak
"$dir/soak" -sidecar "$dir/sidecar" "$@"
