#!/bin/bash
# Looks for bytes that break the forest: forged snapshots, and operations in any order.
#
# usage: fuzz.sh SECONDS        default 60; prints what breaks it, and exits with another status than 0
# env:   FUZZ_FOLDER            where the program, the corpus and findings are kept (default .build/fuzz)
#
# A finding is a file crash-… there; `$FUZZ_FOLDER/forest crash-…` repeats it.
set -euo pipefail

seconds=${1:-60}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${FUZZ_FOLDER:-$root/.build/fuzz}
mkdir -p "$folder/corpus"
echo "module CForest { header \"$root/Sources/CForest/include/CForest.h\" export * }" >"$folder/module.modulemap"

# One module, so that the harness sees what only tests see.
swiftc -sanitize=fuzzer,address -parse-as-library -O -g -swift-version 6 -suppress-warnings \
    -module-name RandomCutForest -I "$folder" -o "$folder/forest" \
    "$root"/Sources/RandomCutForest/*.swift \
    "$root/Tests/RandomCutForestTests/ForestOperations.swift" "$root/Tests/Fuzz/ForestFuzzer.swift" -lm

cd "$folder"
# Swift's own backtrace takes minutes here, and libFuzzer has one.
export SWIFT_BACKTRACE=enable=no
# Forests are made and freed; what the standard library keeps for ever is no leak.
ASAN_OPTIONS=detect_leaks=0 ./forest corpus -max_total_time="$seconds" -max_len=2048 -timeout=20 -rss_limit_mb=3072 \
    -print_final_stats=1
