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
    ends, minutes = {}, 0  # of each story how it ended
    for line in lines:
        event = json.loads(line)
        test, action = event.get("Test", ""), event["Action"]
        if test == "TestLab" and "Elapsed" in event:
            minutes = event["Elapsed"] / 60
        if test.startswith("TestLab/") and action in ("run", "pass", "fail", "skip"):
            ends[test.removeprefix("TestLab/")] = action
    if not {"pass", "fail", "run"} & set(ends.values()):
        sys.exit("no story was played")

    def ended(*actions):
        return [story for story, action in ends.items() if action in actions]
    failed = ended("fail", "run")  # "run": the tests were ended before it was
    cells = [cloud, datetime.date.today().isoformat(), skypilot, f"{minutes:.0f}", str(len(ended("pass"))),
             ", ".join(failed) or "–", ", ".join(ended("skip")) or "–"]
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
