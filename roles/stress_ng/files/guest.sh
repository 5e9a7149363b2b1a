#!/bin/bash
# The guest's side of the stress_ng suite: every stressor in turn, alone, as often as asked.
set -euo pipefail
. ./settings   # benchmarks, passes, seconds
cp request.json out/
stress-ng --version > out/version.txt
# As an ordinary user: some stressors (exec) refuse to run as root, and customers seldom do.
chmod 711 /run/testbed .
chown nobody out

echo READY
read -r _go
echo STARTED >&2

cd out
for pass in $(seq "$passes"); do
    for stressor in $benchmarks; do
        setpriv --reuid=nobody --regid=nogroup --clear-groups \
            stress-ng "--$stressor" 1 --timeout "${seconds}s" --metrics --temp-path /var/tmp \
            --yaml "$stressor-$pass.yaml" > "$stressor-$pass.log" 2>&1 || {
            echo "stress-ng --$stressor ended with $?: $(tail -n 5 "$stressor-$pass.log")" >&2
            exit 1
        }
    done
done
exec tar -c -C . .
