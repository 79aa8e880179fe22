#!/bin/bash
# Installs what tests talk to, once: moto, boto3 and krcf in one venv, OpenStack Swift in another, because
# Swift ships a program called `swift` that must never shadow the compiler.
#
# usage: setup.sh             what is installed already is left alone, so a second run costs nothing
#        setup.sh krcf        the forest that scores are compared with, alone
# env:   ANOMALIES_PEERS      where the venvs live (default ~/.cache/anomalies-peers)
set -eu

peers=${ANOMALIES_PEERS:-$HOME/.cache/anomalies-peers}
mkdir -p "$peers"

# Test targets run in parallel: the first one installs, the others wait here and find everything done.
exec 9>"$peers/setup.lock"
flock 9

# install VENV MARKER PACKAGE...: the marker is written last, so an interrupted installation is repeated.
install() {
    local venv=$peers/$1 marker=$peers/$1/$2
    shift 2
    [ -e "$marker" ] && return 0
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
    touch "$marker"
}

install venv .krcf krcf==0.4.0 numpy
[ "${1:-}" != krcf ] || exit 0
install venv .aws-peers 'moto[server]' boto3
install vswift .swift-s3 swift
