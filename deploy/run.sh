#!/bin/bash
# Runs the agent: installs what is missing, builds what has changed, and starts it in the repository's folder.
#
#   ./deploy/run.sh                   the shipped pipeline: scripts/ with anomalies.cfg, until Ctrl-C
#   ./deploy/run.sh status --json     any other command; see ./deploy/run.sh --help
#
# Paths are relative to the repository. Standard output is the agent's alone. Needs Debian 12 or Ubuntu, and Swift 6.3.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$root"

agent=.build/release/anomalies-agent
stamp=.build/release.stamp

# Whether anything is newer than the last build. Asking `swift build` takes a second, this takes a few milliseconds.
is_built() {
    [ -x "$agent" ] && [ -e "$stamp" ] &&
        [ -z "$(find Package.swift Sources -newer "$stamp" -print -quit 2>/dev/null)" ]
}

install_packages "${build_packages[@]}"
if ! is_built; then
    require_swift
    say "Building; the first time this takes some minutes."
    mkdir -p .build
    # Touched before: what is saved during the build is newer.
    touch "$stamp.new"
    swift build -c release --product anomalies-agent >&2
    mv "$stamp.new" "$stamp"
fi
[ $# -gt 0 ] || set -- run scripts
exec "$agent" "$@"
