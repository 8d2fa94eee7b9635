#!/usr/bin/env bash
# What the sidecar's start is made of, what the command line adds to it and to the program's
# size, and what it costs that build.sh has almost nothing inlined: ./bench/start.sh [-rounds N]
set -euo pipefail
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
read -ra flags < <(../build.sh --flags)
export CGO_ENABLED=0
(cd .. && go build "${flags[@]}" -o "$dir/sidecar" ./sidecar)
printf '{"Replace": {"%s": "%s"}}' "$(cd .. && pwd)/sidecar/commands.go" "$PWD/start/without.go.txt" >"$dir/overlay.json"
(cd .. && go build -overlay "$dir/overlay.json" "${flags[@]}" -o "$dir/without" ./sidecar)
(cd .. && go build -trimpath -ldflags=-s -o "$dir/inlined" ./sidecar)
for peer in bare carapace; do go build "${flags[@]}" -o "$dir/$peer" "./peers/$peer"; done
# What the linker wrote starts up to a millisecond later than a copy of it, by how its pages are held in memory. All that is measured
# is a copy, as an installer makes one.
for program in "$dir"/*; do
  cp "$program" "$dir/copy"
  mv "$dir/copy" "$program"
done
go build -o "$dir/start" ./start
"$dir/start" -dir "$dir" "$@"
