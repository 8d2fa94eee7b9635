#!/usr/bin/env bash
# Records the app's real window on the simulated cloud, from the launch button to a server that is stopped, and
# photographs it before and after the launch: recording.sh PROGRAM FOLDER, after run.sh has built PROGRAM, writes
# app.gif, app-launch.png and app-running.png there. It needs what run.sh needs, ffmpeg and gifsicle.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SCREEN=940x780 ./window.sh node record.js "$1" "$work"
# A picture that is the same as the one before it is left out; the others last as long as they did.
ffmpeg -loglevel error -i "$work/app.mkv" -filter_complex \
  "mpdecimate=max=10,scale=720:-1:flags=lanczos,split[a][b];[a]palettegen=max_colors=64:stats_mode=diff[p];[b][p]paletteuse=dither=none" \
  -fps_mode vfr -y "$work/app.gif"
gifsicle -O3 --lossy=40 "$work/app.gif" -o "$2/app.gif"
for picture in app-launch app-running; do # the page has few colours
  ffmpeg -loglevel error -i "$work/$picture.png" -filter_complex "split[a][b];[a]palettegen=max_colors=128[p];[b][p]paletteuse=dither=none" -y "$2/$picture.png"
done
stat --format='%n: %s bytes' "$2"/app.gif "$2"/app-*.png
