#!/usr/bin/env bash
# Builds the page and plays its stories in Chromium on the simulated cloud, in a few
# minutes. Leaves it out, with exit code 3 and the reason as the last line, where the npm
# registry or a Chromium can't be had. CARAPACE_SIDECAR names the sidecar.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "$*"; exit 3; }

command -v npm >/dev/null || skip "there is no npm"
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
  skip "Node $(node --version) is older than 20.19"
for folder in ../../schema/client .; do
  if ! (cd "$folder" && timeout --kill-after=20 200 npm ci --no-audit --no-fund); then
    ! timeout 60 npm ping >/dev/null 2>&1 || exit 1
    skip "the npm registry can't be reached"
  fi
done
if ! node test/browser.js >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { timeout 200 apt-get update -q && timeout 400 apt-get install -y -q --no-install-recommends chromium; } >/dev/null || true
fi
node test/browser.js || skip "there is no Chromium"
npm --prefix ../../schema/client run --silent build
npx --no-install tsc
timeout --kill-after=20 500 npm test
