#!/usr/bin/env bash
# Builds the sidecar for a Tauri host: one file for each target triple, named as
# bundle.externalBin wants it. Copy the folder to the host's src-tauri/binaries.
#
#   ./build.sh                 all six triples
#   ./build.sh --host          this machine's alone
#   ./build.sh TRIPLE…         those
#   ./build.sh --flags         prints how it compiles, for measurements
#
# OUT_DIR (default binaries), VERSION (default git describe). The same commit
# and the same Go give the same bytes.
#
# A macOS universal app needs three files: both darwin triples from here, and
# carapace-sidecar-universal-apple-darwin, which only a Mac can make of them:
#   lipo -create -output carapace-sidecar-universal-apple-darwin \
#     carapace-sidecar-{x86_64,aarch64}-apple-darwin
#   codesign --force --sign - carapace-sidecar-universal-apple-darwin
# (lipo's output has no valid signature, and Apple silicon runs none without).
set -euo pipefail
cd "$(dirname "$0")"

# No associative array: macOS still comes with bash 3.2.
TRIPLES="x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu
  x86_64-apple-darwin aarch64-apple-darwin
  x86_64-pc-windows-msvc aarch64-pc-windows-msvc"

# platform TRIPLE prints GOOS/GOARCH, or fails for a triple that Go has no name for.
platform() {
  local os arch
  case "$1" in
    *-unknown-linux-gnu) os=linux ;;
    *-apple-darwin) os=darwin ;;
    *-pc-windows-msvc) os=windows ;;
    *) return 1 ;;
  esac
  case "$1" in
    x86_64-*) arch=amd64 ;;
    aarch64-*) arch=arm64 ;;
    *) return 1 ;;
  esac
  echo "$os/$arch"
}

host_triple() {
  local triple here
  here="$(go env GOHOSTOS)/$(go env GOHOSTARCH)"
  for triple in $TRIPLES; do
    [ "$(platform "$triple")" != "$here" ] || { echo "$triple"; return; }
  done
  echo "build.sh: no Tauri triple for $here" >&2
  return 1
}

# No function but the runtime's is inlined: that makes the program half a megabyte smaller. What it costs at the start
# bench/start.sh prints. -s: no symbols. Of the patterns, the last that fits counts.
flags=(-trimpath -gcflags=all=-l -gcflags=runtime= "-gcflags=internal/runtime/...=" -ldflags=-s)

build() {
  local triple=$1 platform file
  platform=$(platform "$triple") || { echo "build.sh: unknown triple $triple; known: $TRIPLES" >&2; return 2; }
  file="$out/carapace-sidecar-$triple"
  [ "${platform%/*}" != windows ] || file="$file.exe"
  # No cgo: a binary that runs on any libc. No paths and no VCS stamp of the
  # working copy: the version and the commit are given, so that bytes repeat.
  CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} GOFLAGS= \
    go build "${flags[@]}" -buildvcs=false -ldflags "$ldflags" -o "$file" ./sidecar
  # The bundler copies the mode: a file without x can't be started (tauri-bundler).
  chmod 0755 "$file"
  echo "$file ($(wc -c <"$file") bytes)"
}

version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo dev)}
commit=$(git rev-parse HEAD 2>/dev/null || echo unknown)
ldflags="-s -buildid= -X main.buildVersion=$version -X main.buildCommit=$commit"
out=${OUT_DIR:-binaries}

case "${1:-}" in
  -h|--help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  --flags) echo "${flags[@]}"; exit 0 ;;
  --host) triples=$(host_triple) ;;
  "") triples=$TRIPLES ;;
  *) triples=$* ;;
esac

mkdir -p "$out"
for triple in $triples; do build "$triple"; done
