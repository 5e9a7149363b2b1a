//! Results other than success (protocol, section 1.3).

use crate::host::Refusal;

/// Why a call did not succeed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Error {
    /// Call again: there is more to measure.
    Incomplete,
    /// Unknown call.
    UnsupportedCall,
    /// Request, ranges, nonce or result is not the guest's private memory, or wraps.
    InvalidAddress,
    /// Reserved bits are set, or unknown flags.
    InvalidFormat,
    /// Request, ranges, nonce or result is misaligned or crosses a page that it may not.
    InvalidParameter,
    /// Another processor is working on this session.
    Busy,
    /// No range, or too many.
    RangeCount,
    /// This range is empty or wraps, or all up to it are 2^64 bytes or more.
    RangeLength(u64),
    /// This range overlaps one before it, or the result.
    RangeOverlap(u64),
    /// This range is not the guest's memory.
    RangeNotGuest(u64),
    /// This range is not private.
    RangeNotPrivate(u64),
    /// The buffer is too small, and this is the size that is needed.
    ResultSize(u64),
    /// Unknown hash algorithm.
    Algorithm,
    /// No such session.
    Session,
    /// No report, or no certificates.
    Report,
    /// The SVSM has no memory left for it.
    Resources,
}

impl Error {
    /// What RAX says.
    pub const fn code(self) -> u64 {
        match self {
            Self::Incomplete => 0x8000_0000,
            Self::UnsupportedCall => 0x8000_0002,
            Self::InvalidAddress => 0x8000_0003,
            Self::InvalidFormat => 0x8000_0004,
            Self::InvalidParameter => 0x8000_0005,
            Self::Busy => 0x8000_0007,
            Self::RangeCount => 0x8000_1000,
            Self::RangeLength(_) => 0x8000_1001,
            Self::RangeOverlap(_) => 0x8000_1002,
            Self::RangeNotGuest(_) => 0x8000_1003,
            Self::RangeNotPrivate(_) => 0x8000_1004,
            Self::ResultSize(_) => 0x8000_1005,
            Self::Algorithm => 0x8000_1006,
            Self::Session => 0x8000_1007,
            Self::Report => 0x8000_1008,
            Self::Resources => 0x8000_1009,
        }
    }

    /// What RDX says, if it says anything.
    pub const fn detail(self) -> Option<u64> {
        match self {
            Self::RangeLength(detail)
            | Self::RangeOverlap(detail)
            | Self::RangeNotGuest(detail)
            | Self::RangeNotPrivate(detail)
            | Self::ResultSize(detail) => Some(detail),
            _ => None,
        }
    }

    /// Memory that was refused for the range with this index.
    pub(crate) const fn of_range(refusal: Refusal, index: u64) -> Self {
        match refusal {
            Refusal::NotGuest => Self::RangeNotGuest(index),
            Refusal::NotPrivate => Self::RangeNotPrivate(index),
            Refusal::Resources => Self::Resources,
        }
    }
}

/// Memory that was refused for anything but a range.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotGuest | Refusal::NotPrivate => Self::InvalidAddress,
            Refusal::Resources => Self::Resources,
        }
    }
}
