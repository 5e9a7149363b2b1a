#!/bin/bash
# What the SVSM says of this guest's memory, twice, and how long that takes. All nonces come from the
# cell's and the VM's name, so that the verifier can work them out and no VM can pass off another's.
set -euo pipefail
. ./settings   # nonce, protocol, lines, sizes, repeats
tool=/usr/local/sbin/svsm-measure
name=$(cat /sys/class/dmi/id/product_serial)

bytes_of() { printf '%b' "$(sed 's/../\\x&/g' <<< "$1")"; }
own() { { bytes_of "$nonce"; echo -n "measurement/$1/$name"; } | sha512sum | cut -d' ' -f1; }

# A process with memory that nobody else has, and with a content that the verifier can work out:
# numbered lines of a word. It locks the memory, tells where it is, and lives until its input ends.
hold() {
    # shellcheck disable=SC2016 # the dollars are perl's
    exec perl -e '
        my ($word, $lines, $path) = @ARGV;
        my $text = join "", map { "$word $_\n" } 1 .. $lines;
        my $size = length $text;
        open my $file, "+>", $path or die "$path: $!\n";
        syswrite($file, $text) == $size && sysseek($file, 0, 0) or die "$path: $!\n";
        # mmap: to read and write; private, anonymous, locked
        my $start = syscall(9, 0, $size, 3, 0x2022, -1, 0);
        $start != -1 or die "mmap: $!\n";
        syscall(0, fileno($file), $start, $size) == $size or die "read: $!\n";
        unlink $path;
        $| = 1;
        printf "%d %x-%x\n", $$, $start, $start + $size;
        <STDIN>;
    ' "$@"
}

measure() {
    "$tool" kernel-text kernel-rodata module svsm_measure process "$pid" "$range" \
        --nonce "$(own "$1")" -o "$1.bin"
}

cp request.json out/

echo READY
read -r _go
echo STARTED >&2

cd out
echo "$name" > name
if [ ! -x "$tool" ]; then
    echo "the image has no $tool" >&2
    exit 1
fi
# Where there is no SVSM the module may have nothing to do: what the tool says then is the answer.
modprobe svsm_measure protocol="$protocol" 2> modprobe.said || echo "modprobe svsm_measure ended with $?" >> modprobe.said
status=0
"$tool" query > query.txt 2> query.said || status=$?
echo "$status" > query.exit
if [ "$status" -eq 0 ]; then
    coproc holder { hold "$(own content)" "$lines" /run/testbed/measurement/content; }
    process=$holder_PID input=${holder[1]}
    read -r pid range <&"${holder[0]}"
    echo "$pid $range" > process
    measure first
    "$tool" bench --sizes "$sizes" --repeats "$repeats" > bench.csv
    measure second
    exec {input}>&-
    wait "$process"
fi
exec tar -c -C . .
