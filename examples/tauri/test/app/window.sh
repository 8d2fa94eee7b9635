#!/usr/bin/env bash
# Runs a command on a display of its own (SCREEN: its size), with a WebKitWebDriver at port $DRIVER, a window manager and a
# home that is empty: window.sh COMMAND ARGUMENT… On Debian it needs the packages webkit2gtk-driver,
# xvfb, openbox, wmctrl, xdotool, x11-utils and dbus.
set -euo pipefail

home=$(mktemp -d)
# The sidecar of an app that was ended may still write its last.
trap 'kill $(jobs -p) 2>/dev/null || true; wait; for _ in 1 2 3 4 5; do ! rm -rf "$home" 2>/dev/null || break; sleep 1; done' EXIT
mkdir -m 700 "$home/run"
# Rust's and npm's own folders stay where they are: a build in the window needs them.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} npm_config_cache=${npm_config_cache:-$HOME/.npm}
export HOME=$home XDG_RUNTIME_DIR=$home/run
# The web view lets itself be driven, and draws without a graphics card.
export TAURI_WEBVIEW_AUTOMATION=true WEBKIT_DISABLE_COMPOSITING_MODE=1 WEBKIT_DISABLE_DMABUF_RENDERER=1 GDK_BACKEND=x11
mkfifo "$home/display"
exec 3<>"$home/display"
Xvfb -displayfd 3 -screen 0 "${SCREEN:-1200x900}x24" >/dev/null 2>&1 &
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
DRIVER=$(node -e 'const one = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(one.address().port); one.close(); })')
export DRIVER
dbus-run-session --config-file="$home/bus.conf" -- bash -e -c '
  openbox & manager=$! # what closes a window as a person does
  WebKitWebDriver --port=$DRIVER & driver=$!
  trap "kill $driver $manager" EXIT
  for _ in $(seq 50); do ! curl -s -o /dev/null http://127.0.0.1:$DRIVER/status || break; sleep 0.2; done
  "$@"' window "$@"
