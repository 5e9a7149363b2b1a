//! The record of a measurement (protocol, section 2).

use core::mem::offset_of;

use alloc::vec::Vec;
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{Immutable, IntoBytes};

use crate::buffer;
use crate::error::Error;
use crate::hash::DIGEST_SIZE;
use crate::key::Key;
use crate::measure_request::Measurement;
use crate::protocol::{NONCE_SIZE, SIGNATURE_SIZE};
use crate::ranges::RANGE_SIZE;

#[derive(Immutable, IntoBytes)]
#[repr(C)]
struct Header {
    magic: [u8; 8],
    version: U16,
    algorithm: U16,
    range_count: U32,
    counter: U64,
    total: U64,
    nonce: [u8; NONCE_SIZE],
    digest: [u8; DIGEST_SIZE],
    key_id: [u8; 48],
    reserved: [u8; 48],
}

const _: () = {
    assert!(offset_of!(Header, version) == 0x08);
    assert!(offset_of!(Header, algorithm) == 0x0A);
    assert!(offset_of!(Header, range_count) == 0x0C);
    assert!(offset_of!(Header, counter) == 0x10);
    assert!(offset_of!(Header, total) == 0x18);
    assert!(offset_of!(Header, nonce) == 0x20);
    assert!(offset_of!(Header, digest) == 0x60);
    assert!(offset_of!(Header, key_id) == 0xA0);
    assert!(offset_of!(Header, reserved) == 0xD0);
    assert!(size_of::<Header>() == 0x100);
};

/// Size of a record with as many ranges.
pub(crate) const fn size(ranges: usize) -> usize {
    ranges
        .saturating_mul(RANGE_SIZE)
        .saturating_add(size_of::<Header>())
        .saturating_add(SIGNATURE_SIZE)
}

/// Make and sign the record of a measurement that is done.
pub(crate) fn make(key: &Key, done: &Measurement, counter: u64) -> Result<Vec<u8>, Error> {
    let header = Header {
        magic: *b"SVSMMEAS",
        version: U16::new(1),
        algorithm: U16::new(done.hash.algorithm()),
        range_count: U32::new(u32::try_from(done.ranges.len()).map_err(|_| Error::RangeCount)?),
        counter: U64::new(counter),
        total: U64::new(done.total),
        nonce: done.nonce,
        digest: done.hash.clone().finish(),
        key_id: *key.id(),
        reserved: [0; 48],
    };
    let mut record = buffer::with_capacity(size(done.ranges.len()))?;
    record.extend_from_slice(header.as_bytes());
    record.extend_from_slice(done.ranges.as_bytes());
    let signature = key.sign(&record)?;
    record.extend_from_slice(&signature);
    Ok(record)
}
