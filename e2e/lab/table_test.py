"""The table of docs/clouds-tested.md, out of what `go test -json` prints."""
import io
import json
import os
import tempfile
import unittest
from unittest import mock

import table


def events(*lines):
    return "".join(json.dumps(dict(zip(("Action", "Test", "Elapsed"), line))) + "\n" for line in lines)


LIFE = events(("start",), ("run", "TestLab"), ("run", "TestLab/WholeLife"), ("output", "TestLab/WholeLife"), ("pass", "TestLab/WholeLife", 200.),
              ("run", "TestLab/StopIsRefused"), ("skip", "TestLab/StopIsRefused", 0.), ("run", "TestLab/Destroy"), ("fail", "TestLab/Destroy", 40.),
              ("fail", "TestLab", 246.), ("fail", "", 250.))
KILLED = events(("run", "TestLab"), ("run", "TestLab/WholeLife"), ("fail", "", 90.))


class TableTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "table.md")
        today = mock.patch.object(table.datetime, "date", mock.Mock(today=lambda: mock.Mock(isoformat=lambda: "2026-01-31")))
        today.start()
        self.addCleanup(today.stop)

    def put(self, cloud, skypilot, output):
        with mock.patch.object(table.sys, "stdin", io.StringIO(output)):
            table.main(self.path, cloud, skypilot, "short")
        with open(self.path) as file:
            text = file.read()
        self.assertTrue(text.startswith(table.HEAD))
        return text.removeprefix(table.HEAD).splitlines()

    def test_a_row_says_how_each_story_ended(self):
        self.assertEqual(self.put("do", "0.14.1", LIFE), ["| do | 0.14.1 | short | 2026-01-31 | 4 | WholeLife | Destroy | StopIsRefused |"])

    def test_a_story_that_was_ended_half_way_has_failed(self):
        self.assertEqual(self.put("do", "0.14.1", KILLED), ["| do | 0.14.1 | short | 2026-01-31 | 0 | – | WholeLife | – |"])

    def test_a_row_takes_the_place_of_its_own_alone(self):
        self.put("do", "0.14.1", KILLED)
        self.put("aws", "0.13.0", LIFE)
        rows = self.put("do", "0.14.1", LIFE)
        self.assertEqual([row.split(" | ")[5] for row in rows], ["WholeLife", "WholeLife"])
        self.assertEqual([row.split(" | ")[0] for row in rows], ["| aws", "| do"])

    def test_where_nothing_was_played_nothing_is_written(self):
        with self.assertRaises(SystemExit):
            self.put("do", "0.14.1", events(("fail", "", 1.)))
        self.assertFalse(os.path.exists(self.path))


if __name__ == "__main__":
    unittest.main()
