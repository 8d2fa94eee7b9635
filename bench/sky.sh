#!/usr/bin/env bash
# What it saves how the sidecar runs a `sky` (provision/sky/host/spare.py): ./bench/sky.sh [SKY]
# It needs a `sky` of Python, and runs `sky --version`, each way in turn.
set -euo pipefail
sky=${1:-$(command -v sky)}
python=$(sed -n '1s/^#!//p' "$sky")
exec "$python" - "$sky" "$(dirname "$0")/../provision/sky/host/spare.py" <<'END'
import os, statistics, subprocess, sys, time

sky, program = sys.argv[1], open(sys.argv[2]).read()
ways = {"alone": [sky, "--version"], "by the sidecar": [sys.executable, "-c", program, sky, "--version"]}
took = {name: [] for name in ways}
for round in range(6):
    for name, command in ways.items():
        wall, cpu = time.time(), os.times()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        now = os.times()
        if round:  # the first has the disk to read
            took[name].append((time.time() - wall, now.children_user + now.children_system - cpu.children_user - cpu.children_system))
for name, all in took.items():
    wall, cpu = (statistics.median(of) for of in zip(*all))
    print(f"sky --version {name}: {wall:.2f} s, {cpu:.2f} s of a processor (medians of {len(all)})")
END
