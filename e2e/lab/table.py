"""table.py FILE CLOUD SKYPILOT STORIES: puts a round's row into the table of FILE, out of `go test -json` on stdin.

The row has today's date. Rows of other rounds stay as they are: each says when it was played.
"""
import datetime
import json
import sys

HEAD = """# Clouds and versions on which the suite was played

The stories of `e2e/scenario`, with the real SkyPilot in the lab, which imitates the clouds' APIs (`e2e/lab`); written by
`e2e/lab/all-clouds.sh` from the run. "short" is a whole life (launch, vaults, stop, start, destroy) and what the cloud refuses, "all" every
story. What a cloud can't do is left out there, and that it is refused is a story.

| cloud | SkyPilot | stories | date | minutes | well | failed | left out |
|---|---|---|---|---|---|---|---|
"""


def row(cloud, skypilot, stories, lines):
    ends, minutes = {}, 0  # of each story how it ended
    for line in lines:
        event = json.loads(line)
        test, action = event.get("Test", ""), event["Action"]
        if test == "TestLab" and "Elapsed" in event:
            minutes = event["Elapsed"] / 60
        if test.startswith("TestLab/") and action in ("run", "pass", "fail", "skip"):
            ends[test.removeprefix("TestLab/")] = action
    if not {"pass", "fail", "run"} & set(ends.values()):
        sys.exit(f"{cloud} with SkyPilot {skypilot}: no story was played")

    def ended(*actions):
        return ", ".join(story for story, action in ends.items() if action in actions) or "–"
    failed = ended("fail", "run")  # "run": the tests were ended before it was
    cells = [cloud, skypilot, stories, datetime.date.today().isoformat(), f"{minutes:.0f}", ended("pass"), failed, ended("skip")]
    return f"| {' | '.join(cells)} |"


def main(path, cloud, skypilot, stories):
    new = row(cloud, skypilot, stories, sys.stdin)
    try:
        with open(path) as file:
            rows = file.read().removeprefix(HEAD).splitlines()
    except FileNotFoundError:
        rows = []
    rows = [line for line in rows if not line.startswith(f"| {cloud} | {skypilot} | {stories} |")]
    with open(path, "w") as file:
        file.write(HEAD + "\n".join(sorted([*rows, new])) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
