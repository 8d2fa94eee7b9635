#!/usr/bin/env bash
# How long a stranger's first steps take, from an empty home and empty caches; then what the
# command line adds to the start and the size (start.sh): ./bench/hour.sh [-rounds N]
# What needs a registry that can't be reached is left out, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT

first_steps() (
  local here
  here=$(go env GOMODCACHE)
  export HOME=$dir/home GOFLAGS=-modcacherw
  mkdir -p "$HOME"

  seconds() { date +%s.%N; }
  say() { awk -v from="$began" -v to="$(seconds)" -v what="$1" 'BEGIN { printf "%-64s %6.1f s\n", what, to - from }'; }

  began=$(seconds)
  git clone -q . "$dir/carapace"
  cd "$dir/carapace"
  export GOCACHE=$dir/cache GOMODCACHE=$dir/modules
  if ! go mod download 2>"$dir/download"; then
    echo "*** the Go module proxy can't be reached: the modules are those of this machine ($(tail -1 "$dir/download")) ***"
    export GOMODCACHE=$here GOPROXY=off
  fi
  go run ./sidecar demo | tail -1 >"$dir/last"
  say "from the clone to the demo's last line"

  mkdir -p data/public data/private
  code=0
  CARAPACE_SKY='' go run ./sidecar launch --cloud aws --yes 2>"$dir/refusal" || code=$?
  say "… to the first real refusal"
  sed 's/^/    /' "$dir/refusal"
  [ $code = 1 ] && grep -qi 'install' "$dir/refusal" || { echo "that was to be exit code 1, and to say what to install" >&2; exit 1; }

  if python3 -m pip download -q --no-deps --no-cache-dir -d "$dir" uv >"$dir/pip" 2>&1; then
    go run ./sidecar install >"$dir/install"
    say "… to an installed SkyPilot"
  else
    echo "*** without an installed SkyPilot: the Python package index can't be reached ($(tail -1 "$dir/pip")) ***"
  fi
)

first_steps
bench/start.sh "$@"
