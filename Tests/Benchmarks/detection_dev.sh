#!/bin/bash
# Prints the table of the labelled KPI and server series: scored by `anomalies-agent score` as it is built in, one row
# after the other; `raw_score` as a level, and `anomaly_score` at the fixed decision of 0.5.
#
# usage: detection_dev.sh [SEED ...]    one table a seed of the forest (default: 0)
# env:   AGENT             the anomalies-agent to run (default: built here, for release)
#        ANOMALIES_KIT     where detection_dev/ is (default: ../shared/kit beside the checkout)
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
install .numpy numpy
agent=${AGENT:-$(built anomalies-agent)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unpacked detection_dev/data.tar.xz "$work/data"

for seed in "${@:-0}"; do
    for set in "$work"/data/*/; do
        set=$(basename "$set")
        # Every column but the time and the label is a feature.
        features=$(head -qn 1 "$work/data/$set"/*.csv | head -n 1 | tr -d '\r' | sed 's/^timestamp,//; s/,label$//')
        "$agent" score --set "Detection.seed=$seed" --features "$features" --output "$work/results-$seed/$set" \
            "$work/data/$set" >/dev/null
        for column in raw_score anomaly_score; do
            echo "$set, $column, seed $seed"
            "$python" "$kit/detection_dev/score.py" "$work/results-$seed" --data "$work/data" --set "$set" \
                --column "$column" --threshold "$([ $column = raw_score ] && echo 1 || echo 0.5)"
        done
    done
done
