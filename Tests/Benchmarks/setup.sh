# shellcheck shell=bash
# What the benchmark scripts have in common; they source it.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
kit=${ANOMALIES_KIT:-$root/../shared/kit}
peers=${ANOMALIES_PEERS:-$HOME/.cache/anomalies-peers}
# What runs the scorers and krcf.
python=$peers/venv/bin/python

# install MARKER PACKAGE...: from PyPI into the venv that tests use too, once.
install() {
    local marker=$peers/venv/$1
    shift
    mkdir -p "$peers"
    # Scripts may run side by side: the first one installs, the others wait here and find everything done.
    exec 9>"$peers/setup.lock"
    flock 9
    if [ ! -e "$marker" ]; then
        [ -x "$python" ] || python3 -m venv "$peers/venv"
        "$peers/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
        touch "$marker"
    fi
    exec 9>&-
}

# built PRODUCT: builds it for release, and prints where it is.
built() {
    (cd "$root" && swift build -c release --product "$1") >&2
    echo "$(cd "$root" && swift build -c release --product "$1" --show-bin-path)/$1"
}

# unpacked ARCHIVE DIRECTORY: from the kit, or a sentence about where it is looked for.
unpacked() {
    if [ ! -e "$kit/$1" ]; then
        echo "$(basename "$0"): there is no $kit/$1. Put shared/ beside the checkout, or set ANOMALIES_KIT." >&2
        exit 1
    fi
    mkdir -p "$2"
    tar -xJf "$kit/$1" -C "$2"
}
