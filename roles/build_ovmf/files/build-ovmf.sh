#!/bin/bash
# Build OVMF.fd in a source tree of edk2. Runs inside the build root.
#
#   build-ovmf.sh TREE EVENT_PORT MEASURE_PROTOCOL [BUILD_OPTION...]
#
# TREE              the source, with the patches of patches/ovmf
# EVENT_PORT        I/O port that boot events are told to
# MEASURE_PROTOCOL  number of the SVSM's protocol for measuring memory
# BUILD_OPTION      more options for edk2's build
#
# Leaves TREE/OVMF.fd. Settings by environment: SOURCE_DATE_EPOCH.
set -euo pipefail

tree=$1 port=$2 protocol=$3
options=("${@:4}")
: "${SOURCE_DATE_EPOCH:?}"
jobs=$(nproc)

step() { echo "==> $* ($(date -u +%T))"; }

cd "$tree"
# Debian's source has no Brotli, and its build tools are built without.
if [ ! -e BaseTools/Source/C/BrotliCompress/brotli/c/common/dictionary.c ]; then
    sed -i '/^ *BrotliCompress/d' BaseTools/Source/C/GNUmakefile
fi

step "build the build tools"
export WORKSPACE=$tree PYTHON_COMMAND=/usr/bin/python3
# It reads arguments and unset variables.
set --
set +u
# shellcheck source=/dev/null
. ./edksetup.sh
set -u
make -C BaseTools -j"$jobs"

step "build the firmware"
build -n "$jobs" -a X64 -t GCC -b RELEASE -p OvmfPkg/OvmfPkgX64.dsc \
    --pcd gTestbedTokenSpaceGuid.PcdTestbedEventPort="$port" \
    --pcd gTestbedTokenSpaceGuid.PcdSvsmMeasureProtocol="$protocol" "${options[@]}"

cp Build/OvmfX64/RELEASE_GCC/FV/OVMF.fd OVMF.fd
step "done"
