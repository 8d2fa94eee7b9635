#!/bin/sh
# Measures the vaults' mirrors beside plain rsync over the same sshd, in one run.
set -eu
cd "$(dirname "$0")/.."
exec go test ./provision/vault -run TestMirrorBesidePlainRsync -measure -v -count=1 -timeout 30m
