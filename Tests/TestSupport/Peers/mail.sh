#!/bin/bash
# A mail server for tests, in the foreground, on loopback: Postfix for SMTP, Dovecot for logins and IMAP.
# usage: mail.sh STARTTLS_PORT SMTPS_PORT PLAIN_PORT IMAP_PORT USER PASSWORD
# Prints "ready FOLDER" when all four ports answer; ends, and leaves nothing behind, on SIGTERM.
# Needs root and the packages postfix, dovecot-imapd and openssl.
set -euo pipefail
umask 022
starttls=$1 smtps=$2 plain=$3 imap=$4 user=$5 password=$6

folder=$(mktemp -d /tmp/anomalies-mail.XXXXXX)
chmod 755 "$folder"
mkdir "$folder"/{postfix,queue,data,mail,dovecot}
chown mail:mail "$folder/mail"
chown postfix "$folder/data"

dovecot=
finish() {
    set +e
    trap '' TERM INT EXIT
    postfix=$(tr -d ' ' <"$folder/queue/pid/master.pid")
    kill "$postfix"
    # Asked politely, Dovecot takes six seconds; there is nothing to save.
    kill -KILL -- "-$dovecot"
    wait
    # Not our child, so it cannot be waited for; a dead process has no executable.
    for _ in $(seq 100); do readlink "/proc/$postfix/exe" || break; sleep 0.05; done
    rm -rf "$folder"
    exit
} >/dev/null 2>&1
trap finish TERM INT EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
    -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>/dev/null

cat >"$folder/postfix/main.cf" <<END
compatibility_level = 3.6
config_directory = $folder/postfix
queue_directory = $folder/queue
data_directory = $folder/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $folder/maillog
maillog_file_prefixes = $folder
myhostname = localhost
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
# Every address is a virtual one, and ends in the same mailbox; nothing can leave this host.
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:Maildir/
virtual_mailbox_base = $folder/mail
virtual_uid_maps = static:$(id -u mail)
virtual_gid_maps = static:$(id -g mail)
virtual_minimum_uid = 1
default_transport = error:this server delivers nothing elsewhere
message_size_limit = 5000000
# Tests refuse recipients on purpose; Postfix would make them wait for it.
smtpd_error_sleep_time = 0
smtpd_tls_cert_file = $folder/cert.pem
smtpd_tls_key_file = $folder/key.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
END

cat >"$folder/postfix/master.cf" <<END
127.0.0.1:$starttls inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes -o smtpd_sasl_auth_enable=yes
127.0.0.1:$smtps inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
127.0.0.1:$plain inet n - n - - smtpd
  -o mynetworks=127.0.0.0/8 -o smtpd_relay_restrictions=permit_mynetworks,reject
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
END

cat >"$folder/dovecot.conf" <<END
base_dir = $folder/dovecot
state_dir = $folder/dovecot
log_path = $folder/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <$folder/cert.pem
ssl_key = <$folder/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
# This and the penalty below are against guessing; tests get it wrong on purpose.
auth_failure_delay = 0
mail_location = maildir:$folder/mail/Maildir
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = $folder/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$folder/mail
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = 0
  }
}
service auth {
  unix_listener $folder/queue/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
END
echo "$user:{PLAIN}$password" >"$folder/users"

# Postfix becomes a daemon: what it prints must not keep our output open after we have gone.
postfix -c "$folder/postfix" start >"$folder/start.log" 2>&1 || { cat "$folder/start.log" "$folder/maillog"; exit 1; }
setsid dovecot -F -c "$folder/dovecot.conf" >"$folder/start.log" 2>&1 &
dovecot=$!

for port in "$starttls" "$smtps" "$plain" "$imap"; do
    for _ in $(seq 200); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2
        sleep 0.05
    done
    echo "nothing listens on port $port"
    exit 1
done
echo "ready $folder"
wait
