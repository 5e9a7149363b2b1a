//! A request to measure (protocol, section 1.2).

use core::mem::offset_of;

use alloc::vec::Vec;
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout};

use crate::error::Error;
use crate::guest::{self, ResultBuffer};
use crate::hash::Hash;
use crate::host::Host;
use crate::protocol::{NONCE_SIZE, REQUEST_SIZE};
use crate::ranges::{self, Range};
use crate::record;

#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Layout {
    session: U64,
    ranges_gpa: U64,
    range_count: U32,
    algorithm: U16,
    reserved: [u8; 2],
    nonce_gpa: U64,
    result_gpa: U64,
    result_size: U32,
    reserved_too: [u8; 20],
}

const _: () = {
    assert!(offset_of!(Layout, session) == 0);
    assert!(offset_of!(Layout, ranges_gpa) == 0x08);
    assert!(offset_of!(Layout, range_count) == 0x10);
    assert!(offset_of!(Layout, algorithm) == 0x14);
    assert!(offset_of!(Layout, reserved) == 0x16);
    assert!(offset_of!(Layout, nonce_gpa) == 0x18);
    assert!(offset_of!(Layout, result_gpa) == 0x20);
    assert!(offset_of!(Layout, result_size) == 0x28);
    assert!(offset_of!(Layout, reserved_too) == 0x2C);
    assert!(size_of::<Layout>() == REQUEST_SIZE);
};

/// A request of which only the session was looked at.
pub(crate) struct MeasureRequest {
    gpa: u64,
    layout: Layout,
}

/// All that a measurement needs to know, checked.
#[derive(Debug)]
pub(crate) struct Measurement {
    pub(crate) ranges: Vec<Range>,
    pub(crate) total: u64,
    pub(crate) hash: Hash,
    pub(crate) nonce: [u8; NONCE_SIZE],
    pub(crate) result: ResultBuffer,
}

impl MeasureRequest {
    /// Copy a request.
    pub(crate) fn read<H: Host>(host: &H, gpa: u64) -> Result<Self, Error> {
        let layout = zerocopy::transmute!(guest::request(host, gpa)?);
        Ok(Self { gpa, layout })
    }

    /// The session's number, 0 for a new one.
    pub(crate) fn session(&self) -> u64 {
        self.layout.session.get()
    }

    /// Tell the guest the session's number.
    pub(crate) fn write_session<H: Host>(&self, host: &H, number: u64) -> Result<(), Error> {
        // The session is the request's first field.
        Ok(host.write(self.gpa, &number.to_le_bytes())?)
    }

    /// Copy and check all of it, in the order that the protocol says.
    pub(crate) fn measurement<H: Host>(&self, host: &H) -> Result<Measurement, Error> {
        let layout = &self.layout;
        if layout.reserved != [0; 2] || layout.reserved_too != [0; 20] {
            return Err(Error::InvalidFormat);
        }
        let nonce = guest::nonce(host, layout.nonce_gpa.get())?;
        let hash = Hash::new(layout.algorithm.get())?;
        let ranges = ranges::read(host, layout.ranges_gpa.get(), layout.range_count.get())?;
        let total = ranges::total(&ranges)?;
        let result = ResultBuffer {
            gpa: layout.result_gpa.get(),
            size: layout.result_size.get(),
        };
        ranges::check_overlap(&ranges, &Range::new(result.gpa, result.size.into()))?;
        result.check(host, record::size(ranges.len()))?;
        ranges::check_pages(host, &ranges)?;
        Ok(Measurement {
            ranges,
            total,
            hash,
            nonce,
            result,
        })
    }
}
