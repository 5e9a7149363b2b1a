# What the builds of both kernels share; sourced by them.
#
# The same source and settings give the same kernel. Settings by environment: SOURCE_DATE_EPOCH.
: "${SOURCE_DATE_EPOCH:?}"
jobs=$(nproc)
KBUILD_BUILD_TIMESTAMP=$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH")
export KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_USER=testbed KBUILD_BUILD_HOST=testbed KBUILD_BUILD_VERSION=1

step() { echo "==> $* ($(date -u +%T))"; }

# settle BASE FRAGMENT: make .config of the tree in the working directory out of BASE with the lines
# of FRAGMENT over it. Of two lines of FRAGMENT about the same setting the later one counts.
settle() {
    local lost
    step "settings"
    awk '
        /^CONFIG_/ || /^# CONFIG_.* is not set$/ {
            name = $0; sub(/^# /, "", name); sub(/[= ].*/, "", name); of[NR] = name; last[name] = NR
        }
        { line[NR] = $0 }
        END { for (n = 1; n <= NR; n++) if (!(n in of) || last[of[n]] == n) print line[n] }
    ' "$2" > wanted.config
    scripts/kconfig/merge_config.sh -m -Q "$1" wanted.config > merge.log
    make olddefconfig
    # What the source does not know, or does not allow with the other settings, is dropped silently.
    lost=$(grep -E '^(CONFIG_|# CONFIG_.* is not set$)' wanted.config | while read -r line; do
        name=${line#\# }
        name=${name%%[= ]*}
        case $line in
            '#'*) if grep -q "^$name=" .config; then echo "$line"; fi ;;
            *) grep -qxF "$line" .config || echo "$line" ;;
        esac
    done)
    if [ -n "$lost" ]; then
        echo "settings that the kernel did not take:" >&2
        echo "$lost" >&2
        return 1
    fi
}
