#!/usr/bin/env bash
# Builds the app and drives its real window under Xvfb, on Linux with Rust and, on Debian, the
# packages libwebkit2gtk-4.1-dev, webkit2gtk-driver, xvfb, openbox, wmctrl and dbus. `npm ci` and
# `npm run prepare-app` come before it. The first build takes ten minutes.
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

home=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$home"' EXIT
mkdir -m 700 "$home/run"
export HOME=$home XDG_RUNTIME_DIR=$home/run
# The web view lets itself be driven, and draws without a graphics card.
export TAURI_WEBVIEW_AUTOMATION=true WEBKIT_DISABLE_COMPOSITING_MODE=1 WEBKIT_DISABLE_DMABUF_RENDERER=1 GDK_BACKEND=x11
mkfifo "$home/display"
exec 3<>"$home/display"
Xvfb -displayfd 3 -screen 0 1200x900x24 >/dev/null 2>&1 &
read -r -t 20 display <&3
export DISPLAY=:$display
# A bus of its own on which nothing is started: the desktop's portals would mount a file system in the home.
cat >"$home/bus.conf" <<'EOF'
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
EOF
dbus-run-session --config-file="$home/bus.conf" -- bash -e -c '
  openbox & manager=$! # what closes a window as a person does
  WebKitWebDriver --port=4477 & driver=$!
  trap "kill $driver $manager" EXIT
  for _ in $(seq 50); do ! curl -s -o /dev/null http://127.0.0.1:4477/status || break; sleep 0.2; done
  timeout 600 node test/app/drive.js "$0"
  timeout 3000 node test/app/quits.js "$0" "$1" "$2"' "$program" "${QUITS:-100}" "${SEED:-1}"
