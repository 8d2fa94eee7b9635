#!/usr/bin/env bash
# Runs a command on this system with the app's Debian package installed: laid over it in a mount namespace that
# ends with the command. installed.sh FILE.deb COMMAND ARGUMENT…
set -euo pipefail
package=$(realpath "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb --extract "$package" "$work"
# Nobody but root makes a mount namespace without one of users.
rights=
[ "$(id -u)" = 0 ] || rights=--map-root-user
# shellcheck disable=SC2086,SC2016
unshare $rights --mount bash -e -c '
  mount -t overlay overlay -o "lowerdir=$0/usr:/usr" /usr
  "$@"' "$work" "$@"
