#!/bin/bash
# What this guest is, by its own account and by an attestation report over a fresh nonce. The report
# data are SHA-512 of nonce and VM's name, so that no VM can pass off another one's report.
set -euo pipefail
. ./settings   # nonce
cpu=/sys/devices/system/cpu/sev
config=/sys/kernel/config
report=$config/tsm/report/testbed
name=$(cat /sys/class/dmi/id/product_serial)

bytes_of() { printf '%b' "$(sed 's/../\\x&/g' <<< "$1")"; }

# The kernel writes that line in pieces, between which another processor's message may come: the rest
# is on a line of its own then.
features() {
    awk '
        sub(/.*Memory Encryption Features active: */, "") { open = 1; told = $0; next }
        /SEV: Status:/ { open = 0 }
        open && sub(/^\[[^]]*\] */, "") && /^(AMD|SEV|SEV-ES|SEV-SNP)( (SEV|SEV-ES|SEV-SNP))*$/ {
            told = told " " $0
        }
        END { if (told != "") { $0 = told; $1 = $1; print } }'
}

echo READY
read -r _go
echo STARTED >&2

cd out
echo "$name" > name
dmesg | features > features
if [ -d "$cpu" ]; then
    cat "$cpu/vmpl" > vmpl
fi
if [ -s features ]; then
    modprobe sev-guest
    mountpoint -q "$config" || mount -t configfs configfs "$config"
    digest=$({ bytes_of "$nonce"; echo -n "$name"; } | sha512sum | cut -d' ' -f1)
    mkdir "$report"
    # Below an SVSM the kernel asks for its own level only if it is told to.
    cat vmpl > "$report/privlevel"
    bytes_of "$digest" > report_data
    cat report_data > "$report/inblob"
    cat "$report/outblob" > report.bin
    cat "$report/auxblob" > certs.bin
    rmdir "$report"
fi
exec tar -c -C . .
