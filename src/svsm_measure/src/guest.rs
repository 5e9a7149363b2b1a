//! What requests point to, checked and copied: first the address, then the alignment.

use crate::error::Error;
use crate::host::Host;
use crate::protocol::{NONCE_SIZE, PAGE_SIZE, REQUEST_SIZE};

/// Alignment of requests, nonces and ranges.
const WORD: u64 = 8;

/// Copy a request.
pub(crate) fn request<H: Host>(host: &H, gpa: u64) -> Result<[u8; REQUEST_SIZE], Error> {
    within_page(host, gpa)
}

/// Copy a nonce.
pub(crate) fn nonce<H: Host>(host: &H, gpa: u64) -> Result<[u8; NONCE_SIZE], Error> {
    within_page(host, gpa)
}

/// Copy something of a fixed size that may not cross a page.
fn within_page<H: Host, const SIZE: usize>(host: &H, gpa: u64) -> Result<[u8; SIZE], Error> {
    host.check(gpa, SIZE as u64)?;
    let room = PAGE_SIZE.saturating_sub(gpa & PAGE_SIZE.saturating_sub(1));
    if !is_aligned(gpa, WORD) || room < SIZE as u64 {
        return Err(Error::InvalidParameter);
    }
    let mut bytes = [0; SIZE];
    host.read(gpa, &mut bytes)?;
    Ok(bytes)
}

/// Copy an array, which may cross pages.
pub(crate) fn array<H: Host>(host: &H, gpa: u64, bytes: &mut [u8]) -> Result<(), Error> {
    host.check(gpa, bytes.len() as u64)?;
    if !is_aligned(gpa, WORD) {
        return Err(Error::InvalidParameter);
    }
    Ok(host.read(gpa, bytes)?)
}

/// Where a result goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResultBuffer {
    pub(crate) gpa: u64,
    pub(crate) size: u32,
}

impl ResultBuffer {
    /// See that a result of `needed` bytes can go there.
    pub(crate) fn check<H: Host>(self, host: &H, needed: usize) -> Result<(), Error> {
        if u64::from(self.size) < needed as u64 {
            return Err(Error::ResultSize(needed as u64));
        }
        host.check(self.gpa, self.size.into())?;
        if !is_aligned(self.gpa, PAGE_SIZE) {
            return Err(Error::InvalidParameter);
        }
        Ok(())
    }
}

/// Whether `gpa` is a multiple of `alignment`, a power of two.
fn is_aligned(gpa: u64, alignment: u64) -> bool {
    gpa & alignment.saturating_sub(1) == 0
}
