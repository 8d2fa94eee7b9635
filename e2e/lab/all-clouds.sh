#!/usr/bin/env bash
# all-clouds.sh [ROUND…]: plays the suite's stories with the real SkyPilot in the lab, and writes how they ended to
# docs/clouds-tested.md, a row a round. A round is a cloud of the lab, with the lab's SkyPilot ("do") or another one
# ("aws@0.13.0"; "aws@newest": of the Python package index). Without rounds: each cloud, and AWS with each SkyPilot that
# Carapace works with. A round plays a whole life and what the cloud refuses, in five minutes;
# SKYLAB_STORIES=all plays all that the cloud can do: half an hour on AWS, less on the others.
# Another SkyPilot has a lab of its own, 2 GB in $SKYLAB_HOME-VERSION, which stays for the next time; the lab must be down for it.
# SKYLAB_RESULTS is a folder for the tests' whole output; without it that is not kept.
set -euo pipefail
cd "$(dirname "$0")/../.."

home=${SKYLAB_HOME:-${HOME:-/var/tmp}/.cache/skylab}
own=${SKYPILOT_VERSION:-0.14.1}
stories=${SKYLAB_STORIES:-short}
results=${SKYLAB_RESULTS:-$(mktemp -d)}
mkdir -p "$results"

# A lab that was up before stays up: somebody works in it.
mine=
finish() {
  [ -z "$mine" ] || e2e/lab/lab down
  mine=
}
trap 'finish; [ -n "${SKYLAB_RESULTS:-}" ] || rm -rf "$results"' EXIT

# with VERSION: the lab with that SkyPilot is up.
with() {
  local its=$home
  [ "$1" = "$own" ] || its=$home-$1
  [ "$its" = "${SKYLAB_HOME:-}" ] && [ -n "$mine" ] && return 0
  finish
  export SKYLAB_HOME=$its SKYPILOT_VERSION=$1
  if ! e2e/lab/lab instances >/dev/null 2>&1; then
    e2e/lab/lab up
    mine=yes
  fi
}

newest() { python3 -m pip index versions skypilot 2>/dev/null | sed -n '1s/.*(\(.*\)).*/\1/p'; }

rounds=${*:-aws lambda do paperspace runpod vast slurm aws@0.12.3.post1 aws@0.13.0 aws@newest}
failed= played=" "
for round in $rounds; do
  cloud=${round%@*} version=$own
  [[ $round != *@* ]] || version=${round#*@}
  [ "$version" != newest ] || version=$(newest)
  [ -n "$version" ] || { echo "$round: the Python package index does not say which is the newest"; failed=yes; continue; }
  name=$cloud-$version
  # The newest may be the lab's own, whose round was played.
  [[ $played != *" $name "* ]] || continue
  played+="$name "
  echo "$cloud with SkyPilot $version, since $(date +%R)"
  with "$version"
  # A story that fails is part of what the table says, not the end of the rounds.
  E2E_CLOUD=$cloud E2E_STORIES=$stories go test -tags e2e -count=1 -timeout 90m -run 'TestLab$' -json ./e2e >"$results/$name.json" || failed=yes
  python3 -B e2e/lab/table.py docs/clouds-tested.md "$cloud" "$version" "$stories" <"$results/$name.json" || failed=yes
done
cat docs/clouds-tested.md
[ -z "$failed" ]
