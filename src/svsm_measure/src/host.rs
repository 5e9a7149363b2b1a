//! What the SVSM does for the protocol.

use alloc::vec::Vec;

use crate::protocol::REPORT_SIZE;

/// Why guest memory is not read or written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// Some of it is not the guest's memory: the SVSM's, a VMSA, MMIO, nothing, or it wraps.
    NotGuest,
    /// All of it is the guest's, and some is shared with the host or was never accepted.
    NotPrivate,
    /// The SVSM has no memory left to reach it.
    Resources,
}

/// No report, or no certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoReport;

/// An attestation report for VMPL 0.
#[derive(Debug)]
pub struct Report {
    /// AMD 56860, table ATTESTATION_REPORT.
    pub report: [u8; REPORT_SIZE],
    /// The host's certificates if they were asked for, as the host gave them: a table (AMD 56421,
    /// SNP Extended Guest Request), certificates, anything behind them.
    pub certificates: Vec<u8>,
}

/// A value that one processor uses at a time.
pub trait Lock<T: Send> {
    /// The value, unlocked.
    fn new(value: T) -> Self;
    /// Use the value, once no other processor does.
    fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R;
}

/// An SVSM. Addresses are guest-physical, without the C-bit.
pub trait Host {
    /// The SVSM's locks.
    type Lock<T: Send>: Lock<T>;

    /// Whether `length` bytes from `gpa` on are private memory of the guest, at this moment.
    fn check(&self, gpa: u64, length: u64) -> Result<(), Refusal>;

    /// Read private memory of the guest. While it is read, no processor can change whether it is.
    fn read(&self, gpa: u64, bytes: &mut [u8]) -> Result<(), Refusal>;

    /// Write private memory of the guest: all of it, or nothing if some is refused.
    fn write(&self, gpa: u64, bytes: &[u8]) -> Result<(), Refusal>;

    /// Ask the secure processor for a report for VMPL 0, and the host for certificates if wanted.
    fn report(&self, report_data: &[u8; 64], certificates: bool) -> Result<Report, NoReport>;
}
