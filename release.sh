#!/usr/bin/env bash
# Makes what a release consists of: for each desktop target an archive with the program, what an app
# merges, the licences and a bill of materials (CycloneDX), and SHA256SUMS of them all.
#
#   ./release.sh             releases the version that HEAD is tagged with (v1.2.3)
#   ./release.sh --rehearse  the same without a tag, as VERSION (default git describe)
#
# OUT_DIR (default dist) must be empty or new. It is refused where the work tree has changes, where
# CHANGELOG.md has no section for the version, and where a second build gives other bytes. It does not run
# the checks (.ci/run) and publishes nothing: the archives are uploaded by hand. Needs Go and Python 3; the
# bill of materials needs the module of its tool (tools/go.mod), from the Go module proxy.
set -euo pipefail
cd "$(dirname "$0")"

fail() { echo "release.sh: $*" >&2; exit 1; }

out=${OUT_DIR:-dist}
case "${1:-}" in
  "")
    version=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null) || fail "HEAD has no tag of a version, such as v1.2.3; to try without: ./release.sh --rehearse"
    grep -q "^## \[${version#v}\]" CHANGELOG.md || fail "CHANGELOG.md has no section ## [${version#v}]" ;;
  --rehearse) version=${VERSION:-$(git describe --tags --always)} ;;
  -h|--help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  *) fail "what is $1? There is --rehearse" ;;
esac
[ -z "$(git status --porcelain)" ] || fail "the work tree has changes that are not committed: $(git status --porcelain | head -3 | tr '\n' ' ')"
[ -z "$(ls -A "$out" 2>/dev/null)" ] || fail "$out is not empty; remove it, or set OUT_DIR"
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The time in the archives is the commit's, in UTC, so that they repeat.
export TZ=UTC
epoch=$(git log -1 --format=%ct)

VERSION=$version OUT_DIR=$work/built ./build.sh
VERSION=$version OUT_DIR=$work/again ./build.sh >/dev/null
diff -r "$work/built" "$work/again" || fail "two builds of the same commit are not the same"

go build -modfile=tools/go.mod -o "$work/sbom" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

for program in "$work/built"/carapace-sidecar-*; do
  name=$(basename "$program" .exe)
  archive=carapace-sidecar-${version#v}-${name#carapace-sidecar-}
  folder=$work/$archive
  mkdir -p "$folder"
  cp -R "$program" LICENSE THIRD_PARTY_NOTICES.md CHANGELOG.md tauri-sidecar.json tauri "$folder/"
  # Without the time and the random number that would differ each time.
  "$work/sbom" bin -json -std -noserial -notimestamp -version "$version" -output "$folder/sbom.cdx.json" "$program" 2>"$work/sbom.log" ||
    { cat "$work/sbom.log" >&2; fail "the bill of materials of $name was not made"; }
  python3 - "$folder" "$epoch" "$out" <<'PY'
import os, pathlib, sys, tarfile, zipfile, gzip, time

folder, epoch, out = pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
files = sorted(p for p in folder.rglob("*") if p.is_file())

def mode(path):
    return 0o755 if path.name.startswith("carapace-sidecar-") else 0o644

if any(p.suffix == ".exe" for p in files):
    with zipfile.ZipFile(out / (folder.name + ".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            info = zipfile.ZipInfo(str(path.relative_to(folder.parent)), time.gmtime(epoch)[:6])
            info.external_attr = mode(path) << 16
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
else:
    with open(out / (folder.name + ".tar.gz"), "wb") as raw, gzip.GzipFile("", "wb", mtime=epoch, fileobj=raw) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in files:
            info = tarfile.TarInfo(str(path.relative_to(folder.parent)))
            info.size, info.mtime, info.mode = path.stat().st_size, epoch, mode(path)
            with open(path, "rb") as data:
                archive.addfile(info, data)
PY
done

(cd "$out" && python3 -c '
import hashlib, os
for name in sorted(os.listdir(".")):
    print(hashlib.sha256(open(name, "rb").read()).hexdigest() + "  " + name)' >"$work/sums" && cp "$work/sums" SHA256SUMS && cat SHA256SUMS)
