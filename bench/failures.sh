#!/usr/bin/env bash
# How well failures are told: the share of clouds' texts, which no rule was written for, whose kind is found; the rows of
# docs/failures.md by cloud, each produced with the real SkyPilot, and how many have a remedy; the remedies that tests press.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { go test -count=1 -v -run "$1" "$2" | sed -n "s/^.*_test.go:[0-9]*: $3/$4/p"; }

say 'TestProviderTexts$' ./provision/sky 'provider_texts.jsonl: ' 'kinds of texts that were held out: '
say TestFailuresHaveRemedies ./provision/remedy '\(rows by cloud\|[0-9]* of [0-9]* rows\)' 'docs\/failures.md: \1'
say Remedies ./provision 'pressed ' '' |
  awk '{ times[$1]++ } END { for (id in times) { n++; all += times[id]; list = list " " id } print "remedies pressed: " n " buttons, " all " times:" list }'
