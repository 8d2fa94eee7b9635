#!/usr/bin/env bash
# Builds the app and drives its real window under Xvfb, on Linux with Rust and, on Debian, the
# packages libwebkit2gtk-4.1-dev and those of window.sh. `npm ci` and `npm run prepare-app` come before
# it. The first build takes ten minutes.
#
#   run.sh              builds and drives
#   run.sh PROGRAM      drives that one: in a folder target/debug, as Tauri looks for its files there
#
# QUITS (default 100) times the app is ended by force in the middle of a life, at the instants of SEED
# (default 1); about five seconds each.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=${1:-}
if [ -z "$program" ]; then
  npm run tauri -- build --debug --no-bundle --config ../../tauri-sidecar.json
  program=$PWD/src-tauri/target/debug/carapace-example
fi
test/app/window.sh timeout 600 node test/app/drive.js "$program"
test/app/window.sh timeout 3000 node test/app/quits.js "$program" "${QUITS:-100}" "${SEED:-1}"
