#!/usr/bin/env bash
# From an app that create-tauri-app has just made to a simulated server that runs: the commands and the
# button of docs/tauri.md as they stand there. Prints how long it took. It needs what run.sh needs, and
# takes ten minutes, most of them Rust's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q "$here/../../../.." "$work/carapace"
export CARAPACE=$work/carapace
(cd "$CARAPACE/schema/client" && npm ci --no-audit --no-fund --silent && npm pack --silent >/dev/null)

# block LANGUAGE TEXT: the block of docs/tauri.md that holds TEXT.
block() { awk -v language="$1" -v text="$2" '/^```/ { if (inside && index(all, text)) printf "%s", all; inside = $0 == "```" language; all = ""; next } inside { all = all $0 "\n" }' "$CARAPACE/docs/tauri.md"; }
block sh "tauri add" >"$work/commands"
[ "$(wc -l <"$work/commands")" -le 5 ] && grep -q '^npx tauri dev' "$work/commands"

began=$SECONDS
cd "$work"
npm create -y tauri-app@latest try -- --template vanilla-ts --manager npm --yes >/dev/null
cd try
# shellcheck disable=SC1090
source <(grep -v '^npx tauri dev' "$work/commands")
echo '<button>Launch</button><script type="module" src="/src/main.ts"></script>' >index.html
{ block ts createSession | grep '^import'; echo 'const button = document.querySelector("button")!;'; block ts createSession | grep -v '^import'; } >src/main.ts
npx tsc
echo "an app with a button: $((SECONDS - began)) s"
# What the driver starts is in src-tauri, as what `tauri dev` starts.
(cd src-tauri && "$here/window.sh" node "$here/new-app.js" "$(grep '^npx tauri dev' "$work/commands")" "$OLDPWD")
echo "from create-tauri-app to a server that runs: $((SECONDS - began)) s"
