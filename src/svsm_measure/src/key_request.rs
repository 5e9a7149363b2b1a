//! A request for key evidence (protocol, section 1.1).

use core::mem::offset_of;

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout};

use crate::error::Error;
use crate::guest::{self, ResultBuffer};
use crate::host::Host;
use crate::protocol::{NONCE_SIZE, REQUEST_SIZE};

/// With the host's certificates.
const WITH_CERTIFICATES: u32 = 1;

#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Layout {
    nonce_gpa: U64,
    result_gpa: U64,
    result_size: U32,
    flags: U32,
    reserved: [u8; 40],
}

const _: () = {
    assert!(offset_of!(Layout, result_gpa) == 0x08);
    assert!(offset_of!(Layout, result_size) == 0x10);
    assert!(offset_of!(Layout, flags) == 0x14);
    assert!(offset_of!(Layout, reserved) == 0x18);
    assert!(size_of::<Layout>() == REQUEST_SIZE);
};

/// What is asked for.
pub(crate) struct KeyRequest {
    pub(crate) nonce: [u8; NONCE_SIZE],
    pub(crate) certificates: bool,
    pub(crate) result: ResultBuffer,
}

impl KeyRequest {
    /// Copy and check all but the result, whose size is not known yet.
    pub(crate) fn read<H: Host>(host: &H, gpa: u64) -> Result<Self, Error> {
        let layout: Layout = zerocopy::transmute!(guest::request(host, gpa)?);
        let flags = layout.flags.get();
        if layout.reserved != [0; 40] || flags & !WITH_CERTIFICATES != 0 {
            return Err(Error::InvalidFormat);
        }
        Ok(Self {
            nonce: guest::nonce(host, layout.nonce_gpa.get())?,
            certificates: flags & WITH_CERTIFICATES != 0,
            result: ResultBuffer {
                gpa: layout.result_gpa.get(),
                size: layout.result_size.get(),
            },
        })
    }
}
