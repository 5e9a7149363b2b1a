#!/bin/bash
# The guest's side of the unixbench suite: upstream's own Run, with results kept as it writes them.
set -euo pipefail
. ./settings   # benchmarks, iterations
cp request.json out/
mkdir -p out/results
# Run writes beside itself; the image's copy is as good as a scratch one, for every VM is new.
export UB_RESULTDIR="$PWD/out/results"

echo READY
read -r _go
echo STARTED >&2

cd /opt/unixbench
# shellcheck disable=SC2086 # several benchmarks are several words
./Run -i "$iterations" -c 1 $benchmarks > "$OLDPWD/out/stdout.log" 2> "$OLDPWD/out/stderr.log" || {
    echo "Run ended with $?: $(tail -n 5 "$OLDPWD/out/stderr.log")" >&2
    exit 1
}
cd "$OLDPWD/out"
exec tar -c -C . .
