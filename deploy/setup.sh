# shellcheck disable=SC2034 # these are for the scripts that source this
# shellcheck shell=bash
# What run.sh and test.sh have in common; they source it. Everything it says goes to standard error.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# For the package's C libraries, and for what a Swift toolchain wants to find on a bare machine.
build_packages=(
    liblua5.4-dev libcurl4-openssl-dev zlib1g-dev libssl-dev libsqlite3-dev libsimdjson-dev pkg-config
    g++ git ca-certificates binutils tzdata libedit2 libncurses-dev libxml2-dev
)

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$(basename "$0"): $*"
    exit 1
}

# As root: directly, or by sudo, which may ask for a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# missing_packages PACKAGE...: those that are not installed. dpkg-query takes 10 ms where apt takes seconds.
missing_packages() {
    local installed package
    # It fails when it does not know one of them, and lists the others all the same.
    installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        grep -qx "installed $package" <<<"$installed" || printf '%s\n' "$package"
    done
}

# install_packages PACKAGE...: installs those that are missing, without a question.
install_packages() {
    local missing
    command -v dpkg-query >/dev/null || fail "this needs Debian or Ubuntu. Elsewhere, install what README.md names and run \`swift build -c release\`."
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        fail "these packages are missing: ${missing[*]}. Run this as root, or ask somebody who may: apt-get install ${missing[*]}"
    fi
    say "Installing ${missing[*]}"
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q --yes --no-install-recommends "${missing[@]}" </dev/null >&2
}

# Stops unless there is Swift 6.3 or newer.
require_swift() {
    local advice="Install it from https://www.swift.org/install/linux and put its usr/bin on PATH."
    local found version
    command -v swift >/dev/null || fail "Swift 6.3 or newer is needed, and there is none on PATH. $advice"
    found=$(swift --version 2>&1) || fail "\`swift --version\` failed: $found. $advice"
    version=$(sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' <<<"$found" | head -n 1)
    [ -n "$version" ] || fail "\`swift --version\` names no version: $found. $advice"
    if [ "$(printf '%s\n' 6.3 "$version" | sort --version-sort | head -n 1)" != 6.3 ]; then
        fail "Swift 6.3 or newer is needed, and $(command -v swift) is $version. $advice"
    fi
}
