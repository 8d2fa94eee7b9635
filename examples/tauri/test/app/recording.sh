#!/usr/bin/env bash
# Records the app's real window on the simulated cloud, from the launch button to a server that is stopped:
# recording.sh PROGRAM FILE.gif, after run.sh has built PROGRAM. It needs what run.sh needs, ffmpeg and gifsicle.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SCREEN=940x780 ./window.sh node record.js "$1" "$work/all.mkv"
# A picture that is the same as the one before it is left out; the others last as long as they did.
ffmpeg -loglevel error -i "$work/all.mkv" -filter_complex \
  "mpdecimate=max=10,scale=720:-1:flags=lanczos,split[a][b];[a]palettegen=max_colors=64:stats_mode=diff[p];[b][p]paletteuse=dither=none" \
  -fps_mode vfr -y "$work/all.gif"
gifsicle -O3 --lossy=40 "$work/all.gif" -o "$2"
stat --format='%n: %s bytes' "$2"
