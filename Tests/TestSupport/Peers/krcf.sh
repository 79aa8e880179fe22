#!/bin/bash
# Runs krcf_peer.py, installing krcf first.
#
# usage: krcf.sh SEEDS [FIRST]
# env:   ANOMALIES_PEERS      where the venv lives (default ~/.cache/anomalies-peers)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh" krcf >&2
exec "${ANOMALIES_PEERS:-$HOME/.cache/anomalies-peers}/venv/bin/python" "$here/krcf_peer.py" "$@"
