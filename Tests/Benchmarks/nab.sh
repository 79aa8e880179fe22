#!/bin/bash
# Prints the table of the Numenta Anomaly Benchmark: all 58 files scored by `anomalies-agent score` as it is built in,
# one row after the other, and judged at the fixed decision of 0.5.
#
# usage: nab.sh [SEED ...]       one table a seed of the forest (default: 0)
# env:   AGENT             the anomalies-agent to run (default: built here, for release)
#        ANOMALIES_KIT     where nab/ is (default: ../shared/kit beside the checkout)
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
install .numpy numpy
agent=${AGENT:-$(built anomalies-agent)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unpacked nab/nab_data.tar.xz "$work"

for seed in "${@:-0}"; do
    "$agent" score --set "Detection.seed=$seed" --features value --output "$work/results-$seed" "$work/data" >/dev/null
    echo "NAB, seed $seed"
    "$python" "$kit/nab/nab_score.py" "$work/results-$seed" --labels "$kit/nab/combined_windows.json" --threshold 0.5
done
