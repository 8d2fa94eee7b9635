#!/usr/bin/env bash
# Builds all peers and compares them: ./bench/run.sh [-rounds N]. Without npm, or
# without its registry, the comparison is without Node, and says so.
set -euo pipefail
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

read -ra flags < <(../build.sh --flags)
export CGO_ENABLED=0
(cd .. && go build "${flags[@]}" -o "$dir/sidecar" ./sidecar)
for peer in bare carapace sourcegraph; do go build "${flags[@]}" -o "$dir/$peer" "./peers/$peer"; done
go build -o "$dir/bench" .

node=()
if command -v npm >/dev/null && (cd node && npm ci --no-audit --no-fund >/dev/null 2>&1); then
  node=(-node "$PWD/node/server.js")
else
  echo "*** without Node: there is no npm, or its registry can't be reached ***" >&2
fi
"$dir/bench" -dir "$dir" "${node[@]}" "$@"
