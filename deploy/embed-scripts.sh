#!/bin/bash
# Writes scripts/ into the program, for `anomalies-agent new`. Run it after a change there; a test compares.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

{
    printf '%s\n' '// Made by deploy/embed-scripts.sh of scripts/: change it there.' '' \
        '/// The shipped scripts, as `new` writes them.' 'enum ShippedScripts {' \
        '    static let files: [(path: String, text: String)] = ['
    for file in scripts/*.lua scripts/tests/*.lua; do
        [ -e "$file" ] || continue
        printf '        (\n            "%s",\n            #"""\n' "$file"
        # Twelve spaces before whatever stands on a line; Swift takes them off again.
        sed 's/^\(.\)/            \1/' "$file"
        printf '\n            """#\n        ),\n'
    done
    printf '    ]\n}\n'
} >Sources/AnomaliesAgent/Setup/ShippedScripts.swift
