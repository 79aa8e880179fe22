#!/bin/bash
# Measures the forest beside krcf, a binding of AWS's Rust library, and prints how many times as fast it is.
#
# The two take turns, so that a busy machine slows both, and what is compared is CPU time. For each case the table has
# the medians over the rounds and the median of the rounds' ratios.
#
# usage: forest_vs_krcf.sh [DIMENSIONS:TREES ...]     default: 1, 8 and 30 dimensions with 50 and 100 trees
# env:   ROUNDS            turns of each case (default 3)
#        SECONDS_EACH      CPU seconds of each of the five runs of a figure (default 0.2, with which a turn takes about 12
#                          seconds; short runs on either side see the same machine)
#        AGENT_BENCH       the agent-bench to run (default: built here, for release)
#        ANOMALIES_PEERS   where krcf is installed, once (default ~/.cache/anomalies-peers)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
peers=${ANOMALIES_PEERS:-$HOME/.cache/anomalies-peers}
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-0.2}
cases=("$@")
[ ${#cases[@]} -gt 0 ] || cases=(1:50 8:50 30:50 1:100 8:100 30:100)

install() {
    mkdir -p "$peers"
    # Scripts may run side by side: the first one installs, the others wait here and find everything done.
    exec 9>"$peers/setup.lock"
    flock 9
    if [ ! -e "$peers/venv/.krcf" ]; then
        [ -x "$peers/venv/bin/python" ] || python3 -m venv "$peers/venv"
        "$peers/venv/bin/pip" install --quiet --disable-pip-version-check krcf numpy
        touch "$peers/venv/.krcf"
    fi
    exec 9>&-
}

install
if [ -z "${AGENT_BENCH:-}" ]; then
    cd "$here/../.."
    swift build -c release --product agent-bench >&2
    AGENT_BENCH=$(swift build -c release --product agent-bench --show-bin-path)/agent-bench
fi

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for case in "${cases[@]}"; do
    dimensions=${case%:*} trees=${case#*:}
    for round in $(seq "$rounds"); do
        echo "$dimensions dimensions, $trees trees, round $round of $rounds" >&2
        "$peers/venv/bin/python" "$here/krcf_rates.py" "$dimensions" "$trees" "$seconds" |
            sed "s/^/$dimensions $trees $round krcf /" >>"$results"
        "$AGENT_BENCH" forest --dimensions "$dimensions" --trees "$trees" --seconds "$seconds" |
            sed "s/^/$dimensions $trees $round ours /" >>"$results"
    done
done

python3 - "$results" <<'PYTHON'
import json
import statistics
import sys

rates = {}
for line in open(sys.argv[1]):
    dimensions, trees, round_, which, row = line.split(" ", 4)
    figure = json.loads(row)
    rates.setdefault((dimensions, trees, figure["case"]), {}).setdefault(which, []).append(figure["value"])

print(f"{'dimensions':>10} {'trees':>6}  {'case':<13} {'ours':>9} {'krcf':>9} {'ratio':>6}   points per CPU second")
for (dimensions, trees, case), by in rates.items():
    ratio = statistics.median(ours / krcf for ours, krcf in zip(by["ours"], by["krcf"], strict=True))
    ours, krcf = statistics.median(by["ours"]), statistics.median(by["krcf"])
    print(f"{dimensions:>10} {trees:>6}  {case:<13} {ours:>9,.0f} {krcf:>9,.0f} {ratio:>5.1f}x")
PYTHON
