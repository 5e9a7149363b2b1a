//! Numbers of the protocol (its sections 1 to 3).

/// The protocol's number: 0x80004D53, or what `SVSM_MEASURE_PROTOCOL` says when this is built.
///
/// The upper half of the numbers is free: AMD counts its protocols from 0 up.
pub const PROTOCOL: u32 = match option_env!("SVSM_MEASURE_PROTOCOL") {
    None => 0x8000_4D53,
    Some(text) => match number(text.as_bytes()) {
        Some(number) if number >= 0x8000_0000 => number,
        _ => panic!("SVSM_MEASURE_PROTOCOL is no number from 0x80000000 to 0xffffffff"),
    },
};

/// The oldest version of the protocol that is spoken here.
pub const OLDEST_VERSION: u32 = 1;
/// The newest version of the protocol that is spoken here.
pub const NEWEST_VERSION: u32 = 1;

/// RCX of the core protocol's SVSM_QUERY_PROTOCOL for this protocol: newest and oldest version, or 0
/// if `version` is neither nor between them.
pub const fn versions(version: u32) -> u64 {
    if version < OLDEST_VERSION || version > NEWEST_VERSION {
        return 0;
    }
    (NEWEST_VERSION as u64) << 32 | OLDEST_VERSION as u64
}

/// What is offered.
pub const QUERY: u32 = 0;
/// The key's evidence.
pub const GET_KEY: u32 = 1;
/// Measure ranges of memory.
pub const MEASURE: u32 = 2;
/// Give up a measurement.
pub const CANCEL: u32 = 3;

/// Most ranges of a request.
pub const MOST_RANGES: u32 = 1024;
/// Most bytes that a call reads of what it measures.
pub const MOST_BYTES: u32 = 256 << 10;
/// Most measurements that wait for their next call.
pub const MOST_SESSIONS: usize = 8;

/// Size of a page, by which the guest's memory is private or not.
pub const PAGE_SIZE: u64 = 4096;
/// Size of every request.
pub const REQUEST_SIZE: usize = 64;
/// Size of a nonce.
pub const NONCE_SIZE: usize = 64;
/// Size of a P-384 public key: X and Y.
pub const PUBLIC_KEY_SIZE: usize = 96;
/// Size of a P-384 signature: R and S.
pub const SIGNATURE_SIZE: usize = 96;
/// Size of an attestation report (AMD 56860, ATTESTATION_REPORT).
pub const REPORT_SIZE: usize = 1184;
/// Most bytes of certificates, as in Linux' `SEV_FW_BLOB_MAX_SIZE`.
pub const MOST_CERTIFICATES: usize = 0x4000;

/// A number in decimal or, after `0x`, in hexadecimal digits.
const fn number(text: &[u8]) -> Option<u32> {
    let (mut digits, radix) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: u32 = 0;
    while let [first, rest @ ..] = digits {
        let Some(digit) = (*first as char).to_digit(radix) else {
            return None;
        };
        let Some(shifted) = value.checked_mul(radix) else {
            return None;
        };
        let Some(sum) = shifted.checked_add(digit) else {
            return None;
        };
        value = sum;
        digits = rest;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::{number, versions};

    #[test]
    fn version_1_is_spoken_alone() {
        assert_eq!([0, 1, 2].map(versions), [0, 0x1_0000_0001, 0]);
    }

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        assert_eq!(number(b"0x80004D53"), Some(0x8000_4D53));
        assert_eq!(number(b"2147503443"), Some(0x8000_4D53));
        assert_eq!(number(b"0xffffffff"), Some(u32::MAX));
    }

    #[test]
    fn what_is_no_number_of_32_bits_is_none() {
        for text in ["", "0x", "0x100000000", "4294967296", "-1", "0xg", "8000 "] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
    }
}
