#!/bin/bash
# moto: S3, Kinesis and other AWS services in one process, on loopback.
#
# usage: moto.sh PORT [check-signatures]
#   Prints "ready endpoint=… region=… access_key_id=… secret_access_key=…", and serves until SIGTERM. With
#   check-signatures every request must be signed with that key.
# env:   ANOMALIES_PEERS, see setup.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh" >&2
python=${ANOMALIES_PEERS:-$HOME/.cache/anomalies-peers}/venv/bin/python
port=$1
endpoint=http://127.0.0.1:$port

# The three requests below, which make the user, come before there is anything to check them against.
[ "${2:-}" = check-signatures ] && export INITIAL_NO_AUTH_ACTION_COUNT=3
export MOTO_IAM_LOAD_MANAGED_POLICIES=false
"$python" -m moto.server -H 127.0.0.1 -p "$port" &
server=$!
trap 'kill -KILL $server 2>/dev/null || true' EXIT
trap 'exit 0' TERM INT

for _ in $(seq 300); do
    curl -fs -o /dev/null "$endpoint/moto-api/data.json" && break
    kill -0 $server || { echo "moto did not start" >&2; exit 1; }
    sleep 0.1
done

key="access_key_id=test secret_access_key=test"
if [ "${2:-}" = check-signatures ]; then
    key=$("$python" - "$endpoint" <<'PYTHON'
import json
import sys

import boto3

iam = boto3.client(
    "iam",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="nobody",
    aws_secret_access_key="nothing",
)
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.create_user(UserName="agent")
key = iam.create_access_key(UserName="agent")["AccessKey"]
iam.put_user_policy(UserName="agent", PolicyName="everything", PolicyDocument=json.dumps(everything))
print("access_key_id=" + key["AccessKeyId"], "secret_access_key=" + key["SecretAccessKey"])
PYTHON
    )
fi
echo "ready endpoint=$endpoint region=us-east-1 $key"

wait $server
