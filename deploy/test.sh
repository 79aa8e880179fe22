#!/bin/bash
# Passes all tests: installs what is missing, with the servers that tests talk to, builds everything and runs it.
#
#   ./deploy/test.sh                          all tests
#   ./deploy/test.sh --filter CommandTests    arguments are passed to `swift test`
#
# Needs Debian 12 or Ubuntu, Swift 6.3, and root for Postfix. No mail daemon of the system is started.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$root"

# curl, openssl and Python are used by the peers in Tests/TestSupport/Peers, gzip and luacheck by the tests.
test_packages=(curl openssl python3 python3-venv gzip lua-check)
mail_packages=(postfix dovecot-imapd)

# Installs Postfix and Dovecot as programs only: tests start their own, on loopback.
install_mail_servers() {
    local policy=/usr/sbin/policy-rc.d missing
    mapfile -t missing < <(missing_packages "${mail_packages[@]}")
    [ ${#missing[@]} -gt 0 ] || return 0
    # Debian's way to say that packages must not start their daemons.
    if [ -e "$policy" ]; then as_root mv "$policy" "$policy.before-test"; fi
    trap 'restore_policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    install_packages "${mail_packages[@]}"
    restore_policy
    trap - EXIT
    # Nor after the next boot.
    if command -v systemctl >/dev/null; then
        as_root systemctl disable --quiet postfix dovecot >&2 || say "Postfix or Dovecot may start with this machine."
    fi
}

restore_policy() {
    as_root rm -f /usr/sbin/policy-rc.d
    if [ -e /usr/sbin/policy-rc.d.before-test ]; then
        as_root mv /usr/sbin/policy-rc.d.before-test /usr/sbin/policy-rc.d
    fi
}

started=$SECONDS
require_swift
install_packages "${build_packages[@]}" "${test_packages[@]}"
install_mail_servers
Tests/TestSupport/Peers/setup.sh >&2
swift build --build-tests
built=$SECONDS

log=.build/test.log
status=0
# Some tests have a megabyte for an argument, which the runner writes out.
swift test --skip-build "$@" 2>&1 | cut -c 1-2000 | tee "$log" || status=$?

# What did not run, and what failed, once more where it is seen.
say ""
grep -a '^➜ ' "$log" >&2 || true
grep -aE '^✘ |: error: ' "$log" | head -n 100 >&2 || true
grep -a '^✔ Test run with' "$log" >&2 || true
say "Set-up and build took $((built - started)) s, the tests $((SECONDS - built)) s."
exit "$status"
