#!/usr/bin/env bash
# What the sidecar's start is made of: ./bench/start.sh [-rounds N]
set -euo pipefail
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
flags=(-trimpath -ldflags "-s -w")
export CGO_ENABLED=0
(cd .. && go build "${flags[@]}" -o "$dir/sidecar" ./sidecar)
for peer in bare carapace; do go build "${flags[@]}" -o "$dir/$peer" "./peers/$peer"; done
go build -o "$dir/start" ./start
"$dir/start" -dir "$dir" "$@"
