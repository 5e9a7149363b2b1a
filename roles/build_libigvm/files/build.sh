#!/bin/bash
# Runs in the build root: build.sh CRATE OUT, where CRATE is the unpacked crate with what it depends
# on in CRATE/vendor. Makes OUT/lib/libigvm.a, OUT/include/igvm/*.h and OUT/lib/pkgconfig/igvm.pc.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
crate=$1
out=$2
export CARGO_HOME="$crate/.cargo-home" CARGO_NET_OFFLINE=true CARGO_TERM_COLOR=never
mkdir -p "$out/lib/pkgconfig" "$out/include/igvm"

# A static library, so that a QEMU linked with it is one file less to carry.
cd "$crate"
cargo rustc --release --locked --lib --features igvm-c --crate-type staticlib -- \
    --print native-static-libs 2>&1 | tee "$out/cargo.log"
needs=$(sed -n 's/^note: native-static-libs: //p' "$out/cargo.log")
rm "$out/cargo.log"
strip --strip-debug -o "$out/lib/libigvm.a" target/release/libigvm.a

# The crate's package has no headers: cbindgen reads them out of its sources.
cbindgen --quiet --config "$here/igvm.toml" --output "$out/include/igvm/igvm.h" .
cbindgen --quiet --config "$here/igvm_defs.toml" --output "$out/include/igvm/igvm_defs.h" \
    vendor/igvm_defs-[0-9]*
# Members that the crates leave without the prefix that all others have.
sed -i 's/^  HEADER_SECTION_/  IGVM_HEADER_SECTION_/' "$out/include/igvm/igvm.h"
sed -i 's/^  \(INVALID\|RESERVED_DO_NOT_USE\) = /  IGVM_\1 = /' "$out/include/igvm/igvm_defs.h"

cat > "$out/lib/pkgconfig/igvm.pc" <<END
prefix=\${pcfiledir}/../..
Name: igvm
Description: Reads and writes files of the Independent Guest Virtual Machine format
Version: $(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
Cflags: -I\${prefix}/include
Libs: -L\${prefix}/lib -ligvm $needs
END

# It is of use: a program that asks it to read nothing is told so.
cat > "$crate/try.c" <<'END'
#include <igvm/igvm.h>
int main(void)
{
    const uint8_t nothing[24] = { 0 };
    return igvm_new_from_binary(nothing, sizeof(nothing)) == IGVMAPI_INVALID_FIXED_HEADER ? 0 : 1;
}
END
export PKG_CONFIG_PATH="$out/lib/pkgconfig"
# shellcheck disable=SC2046 # options are words
gcc -Wall -Werror -o "$crate/try" "$crate/try.c" $(pkg-config --cflags --libs igvm)
"$crate/try" || { echo "error: the library built does not answer as it should" >&2; exit 1; }
