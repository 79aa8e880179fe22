#!/bin/bash
# OpenStack Swift with its S3 API: a second S3 server, by other people, which checks signatures in full: body hash,
# region, clock and awkward keys. moto does not.
#
# usage: swift_s3.sh PROXY_PORT ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT
#   Prints "ready endpoint=… region=… access_key_id=… secret_access_key=…", and serves until SIGTERM.
# env:   ANOMALIES_PEERS, see setup.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh"
bin=${ANOMALIES_PEERS:-$HOME/.cache/anomalies-peers}/vswift/bin
ports=("$@")
state=$(mktemp -d "${TMPDIR:-/tmp}/swift-s3.XXXXXX")
servers=()
stop() {
    # Each server makes a session of its own, so nobody else ends it.
    [ ${#servers[@]} = 0 ] || kill -KILL "${servers[@]}" 2>/dev/null || true
    wait
    rm -rf "$state"
}
trap stop EXIT
trap 'exit 0' TERM INT

mkdir -p "$state/devices/disk"
cd "$state"

cat >swift.conf <<CONF
[swift-hash]
swift_hash_path_prefix = anomalies
swift_hash_path_suffix = agent
[storage-policy:0]
name = single
default = yes
CONF

# One ring with one replica on one disk for each kind of storage server. Not by swift-ring-builder, which would have to
# be started nine times.
"$bin/python" - "${ports[@]:1}" <<'PYTHON'
import sys

from swift.common.ring import RingBuilder

for kind, port in zip(("account", "container", "object"), sys.argv[1:]):
    builder = RingBuilder(part_power=3, replicas=1, min_part_hours=1)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "disk", "weight": 1.0})
    builder.rebalance()
    builder.get_ring().save(kind + ".ring.gz")
PYTHON

offset=1
for kind in account container object; do
    cat >$kind.conf <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${ports[offset]}
swift_dir = $state
devices = $state/devices
mount_check = false
workers = 0
user = $(id -un)
log_address = $state/none
db_preallocation = off
disable_fallocate = true
fallocate_reserve = 0
[pipeline:main]
pipeline = $kind-server
[app:$kind-server]
use = egg:swift#$kind
CONF
    offset=$((offset + 1))
done

# s3api stands before the authentication, because it is what translates an S3 signature for tempauth. There is no
# memcached; the cache filter is told to live without.
cat >proxy.conf <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${ports[0]}
swift_dir = $state
workers = 0
user = $(id -un)
log_address = $state/none
[pipeline:main]
pipeline = catch_errors cache listing_formats bulk s3api tempauth copy slo dlo symlink versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
error_suppression_limit = 1000000000000
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
check_bucket_owner = false
dns_compliant_bucket_names = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin .reseller_admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:symlink]
use = egg:swift#symlink
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
CONF

for kind in account container object proxy; do
    "$bin/swift-$kind-server" "$state/$kind.conf" -v &
    servers+=($!)
done
for port in "${ports[@]}"; do
    for _ in $(seq 300); do
        curl -s -o /dev/null "http://127.0.0.1:$port/" && continue 2
        sleep 0.1
    done
    echo "Swift did not start on port $port" >&2
    exit 1
done
echo "ready endpoint=http://127.0.0.1:${ports[0]} region=us-east-1" \
    "access_key_id=test:tester secret_access_key=testing"

wait
