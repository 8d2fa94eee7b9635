"""table.py FILE CLOUD SKYPILOT: puts a cloud's row into the table of FILE, out of `go test -json` on stdin.

The row has today's date. Rows of other clouds stay as they are: each says when that cloud was played.
"""
import datetime
import json
import sys

HEAD = """# Clouds on which the suite was played

The stories of `e2e/scenario`, with the real SkyPilot in the lab, which imitates the clouds' APIs (`e2e/lab`); written by
`e2e/lab/all-clouds.sh` from the run. What a cloud can't do is left out there, and that it is refused is a story.

| cloud | date | SkyPilot | minutes | well | failed | left out |
|---|---|---|---|---|---|---|
"""


def row(cloud, skypilot, lines):
    ended, minutes = {"pass": [], "fail": [], "skip": []}, 0
    for line in lines:
        event = json.loads(line)
        test, action = event.get("Test", ""), event["Action"]
        if action in ended and test.startswith("TestLab/"):
            ended[action].append(test.removeprefix("TestLab/"))
        elif action in ended and not test:
            minutes = event["Elapsed"] / 60
    if not ended["pass"] and not ended["fail"]:
        sys.exit("no story was played")
    cells = [cloud, datetime.date.today().isoformat(), skypilot, f"{minutes:.0f}", str(len(ended["pass"])),
             ", ".join(ended["fail"]) or "–", ", ".join(ended["skip"]) or "–"]
    return f"| {' | '.join(cells)} |"


def main(path, cloud, skypilot):
    new = row(cloud, skypilot, sys.stdin)
    try:
        with open(path) as file:
            rows = [line for line in file.read().removeprefix(HEAD).splitlines() if not line.startswith(f"| {cloud} |")]
    except FileNotFoundError:
        rows = []
    with open(path, "w") as file:
        file.write(HEAD + "\n".join(sorted([*rows, new])) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
