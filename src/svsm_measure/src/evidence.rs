//! Key evidence (protocol, section 3).

use core::mem::offset_of;

use alloc::vec::Vec;
use zerocopy::little_endian::{U16, U32};
use zerocopy::{Immutable, IntoBytes};

use crate::buffer;
use crate::certificates;
use crate::error::Error;
use crate::host::{Host, Report};
use crate::key::Key;
use crate::protocol::{MOST_CERTIFICATES, NONCE_SIZE, PUBLIC_KEY_SIZE, REPORT_SIZE};

#[derive(Immutable, IntoBytes)]
#[repr(C)]
struct Head {
    magic: [u8; 8],
    version: U16,
    reserved: U16,
    certificates_size: U32,
    nonce: [u8; NONCE_SIZE],
    public_key: [u8; PUBLIC_KEY_SIZE],
    report: [u8; REPORT_SIZE],
}

const _: () = {
    assert!(offset_of!(Head, version) == 0x08);
    assert!(offset_of!(Head, certificates_size) == 0x0C);
    assert!(offset_of!(Head, nonce) == 0x10);
    assert!(offset_of!(Head, public_key) == 0x50);
    assert!(offset_of!(Head, report) == 0xB0);
    assert!(size_of::<Head>() == 0x550);
};

/// The last evidence that was made, and for what.
///
/// A report takes the secure processor's time, and a guest asks again if its buffer was too small.
#[derive(Debug)]
pub(crate) struct LastEvidence {
    nonce: [u8; NONCE_SIZE],
    certificates: bool,
    bytes: Vec<u8>,
}

impl LastEvidence {
    /// None yet.
    pub(crate) const fn none() -> Self {
        Self {
            nonce: [0; NONCE_SIZE],
            certificates: false,
            bytes: Vec::new(),
        }
    }

    /// Evidence for `nonce`: the last, if it was for the same, or new.
    pub(crate) fn get<H: Host>(
        &mut self,
        host: &H,
        key: &Key,
        nonce: &[u8; NONCE_SIZE],
        certificates: bool,
    ) -> Result<&[u8], Error> {
        let same = self.nonce == *nonce && self.certificates == certificates;
        if self.bytes.is_empty() || !same {
            self.bytes = make(host, key, nonce, certificates)?;
            self.nonce = *nonce;
            self.certificates = certificates;
        }
        Ok(&self.bytes)
    }
}

fn make<H: Host>(
    host: &H,
    key: &Key,
    nonce: &[u8; NONCE_SIZE],
    wanted: bool,
) -> Result<Vec<u8>, Error> {
    let answer = host
        .report(&key.report_data(nonce), wanted)
        .map_err(|_| Error::Report)?;
    let certificates = if wanted { trimmed(&answer)? } else { &[] };
    let head = Head {
        magic: *b"SVSMMKEY",
        version: U16::new(1),
        reserved: U16::new(0),
        certificates_size: U32::new(u32::try_from(certificates.len()).map_err(|_| Error::Report)?),
        nonce: *nonce,
        public_key: *key.public(),
        report: answer.report,
    };
    let size = size_of::<Head>().saturating_add(certificates.len());
    let mut evidence = buffer::with_capacity(size)?;
    evidence.extend_from_slice(head.as_bytes());
    evidence.extend_from_slice(certificates);
    Ok(evidence)
}

/// The host's certificates without what follows them.
fn trimmed(answer: &Report) -> Result<&[u8], Error> {
    certificates::size(&answer.certificates)
        .ok()
        .filter(|size| *size <= MOST_CERTIFICATES)
        .and_then(|size| answer.certificates.get(..size))
        .ok_or(Error::Report)
}
