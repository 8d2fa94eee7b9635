#!/usr/bin/env bash
# Builds the app's Debian package and drives the app's real window under Xvfb: as it is installed from the package, and where it
# was built. On Linux with Rust, dpkg and, on Debian, the packages libwebkit2gtk-4.1-dev and those of window.sh. `npm ci` and
# `npm run prepare-app` come before it. Prints the package's size, each story, the first paint, and the memory.
#
# PROFILE=debug builds without optimization, in a third of the time. QUITS (default 100) times the app is ended by force
# in the middle of a life, at the instants of SEED (default 1); about five seconds each. CHANGES (default 1000) times the
# server's status changes before the memory is measured again.
set -euo pipefail
cd "$(dirname "$0")/../.."

profile=${PROFILE:-release}
# What an earlier build left is not meant.
built=${CARGO_TARGET_DIR:-$PWD/src-tauri/target}/$profile
rm -rf "$built/bundle"
if [ "$profile" = debug ]; then flags=--debug; else flags=; fi
npm run tauri -- build $flags --bundles deb --config ../../tauri-sidecar.json
package=$(echo "$built"/bundle/deb/*.deb)

# The package holds the sidecar that build.sh made, executable.
dpkg-deb --contents "$package" | grep '^-rwxr-xr-x .* \(\./\)\?usr/bin/carapace-sidecar$'
dpkg-deb --fsys-tarfile "$package" | tar -xO --wildcards '*usr/bin/carapace-sidecar' | cmp - src-tauri/binaries/carapace-sidecar-*
for file in "$package" "$built/carapace-example" "$built/carapace-sidecar" dist/assets/*; do stat --format='%n has %s bytes' "$file"; done

test/app/installed.sh "$package" test/app/window.sh timeout 600 node test/app/drive.js /usr/bin/carapace-example
test/app/window.sh timeout 3000 node test/app/quits.js "$built/carapace-example" "${QUITS:-100}" "${SEED:-1}"
test/app/window.sh timeout 3000 node test/app/measure.js "$built/carapace-example" "${CHANGES:-1000}"
