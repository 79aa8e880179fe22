#!/bin/sh
# How soon a saved script counts while 10,000 records a second are judged, what the records feel of it, and what stays in
# memory of 10,000 reloads. A minute and a half.
set -eu
cd "$(dirname "$0")/../.."
swift build -c release --product agent-bench
exec .build/release/agent-bench reload --saves "${SAVES:-100}" --reloads "${RELOADS:-10000}"
