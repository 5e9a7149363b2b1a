//! What is to be measured.

use alloc::vec::Vec;
use zerocopy::little_endian::U64;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::buffer;
use crate::error::Error;
use crate::guest;
use crate::host::Host;
use crate::protocol::MOST_RANGES;

/// Bytes of guest memory, as in requests and records.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(crate) struct Range {
    gpa: U64,
    length: U64,
}

/// Size of a range in requests and records.
pub(crate) const RANGE_SIZE: usize = size_of::<Range>();

const _: () = assert!(RANGE_SIZE == 16);

impl Range {
    pub(crate) fn new(gpa: u64, length: u64) -> Self {
        Self {
            gpa: U64::new(gpa),
            length: U64::new(length),
        }
    }

    pub(crate) fn gpa(&self) -> u64 {
        self.gpa.get()
    }

    pub(crate) fn length(&self) -> u64 {
        self.length.get()
    }

    /// Address of the last byte; none if the range is empty or wraps.
    fn last(&self) -> Option<u64> {
        self.gpa().checked_add(self.length().checked_sub(1)?)
    }

    /// Whether both have a byte in common. What is empty has none.
    fn overlaps(&self, other: &Self) -> bool {
        match (self.last(), other.last()) {
            (Some(last), Some(other_last)) => self.gpa() <= other_last && other.gpa() <= last,
            _ => false,
        }
    }
}

/// Copy as many ranges from guest memory.
pub(crate) fn read<H: Host>(host: &H, gpa: u64, count: u32) -> Result<Vec<Range>, Error> {
    if count == 0 || count > MOST_RANGES {
        return Err(Error::RangeCount);
    }
    let count = usize::try_from(count).map_err(|_| Error::RangeCount)?;
    let mut ranges = buffer::with_capacity(count)?;
    ranges.resize(count, Range::new(0, 0));
    guest::array(host, gpa, ranges.as_mut_slice().as_mut_bytes())?;
    Ok(ranges)
}

/// The sum of all lengths.
pub(crate) fn total(ranges: &[Range]) -> Result<u64, Error> {
    let mut total: u64 = 0;
    for (range, index) in ranges.iter().zip(0..) {
        let sum = range.last().and(total.checked_add(range.length()));
        total = sum.ok_or(Error::RangeLength(index))?;
    }
    Ok(total)
}

/// See that no range overlaps one before it, or the result.
///
/// Half a million comparisons at most: about what a call needs for hashing.
pub(crate) fn check_overlap(ranges: &[Range], result: &Range) -> Result<(), Error> {
    for (range, index) in ranges.iter().zip(0..) {
        let before = ranges.iter().zip(0..index).map(|(before, _)| before);
        if before.chain([result]).any(|other| range.overlaps(other)) {
            return Err(Error::RangeOverlap(index));
        }
    }
    Ok(())
}

/// See that all pages of all ranges can be read.
pub(crate) fn check_pages<H: Host>(host: &H, ranges: &[Range]) -> Result<(), Error> {
    for (range, index) in ranges.iter().zip(0..) {
        host.check(range.gpa(), range.length())
            .map_err(|refusal| Error::of_range(refusal, index))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Range = Range {
        gpa: U64::ZERO,
        length: U64::ZERO,
    };

    #[test]
    fn lengths_are_summed() {
        let ranges = [Range::new(5, 3), Range::new(u64::MAX, 1)];
        assert_eq!(total(&ranges), Ok(4));
    }

    #[test]
    fn the_first_bad_length_is_named() {
        let good = Range::new(0, 1);
        assert_eq!(total(&[good, Range::new(9, 0)]), Err(Error::RangeLength(1)));
        assert_eq!(
            total(&[Range::new(2, u64::MAX), good]),
            Err(Error::RangeLength(0))
        );
        assert_eq!(
            total(&[Range::new(0, u64::MAX), good]),
            Err(Error::RangeLength(1))
        );
    }

    #[test]
    fn neighbours_do_not_overlap() {
        let ranges = [Range::new(10, 10), Range::new(20, 10), Range::new(0, 10)];
        assert_eq!(check_overlap(&ranges, &FAR), Ok(()));
        assert_eq!(check_overlap(&ranges, &Range::new(30, 5)), Ok(()));
    }

    #[test]
    fn the_later_of_two_that_overlap_is_named() {
        let ranges = [Range::new(10, 10), Range::new(40, 1), Range::new(19, 1)];
        assert_eq!(check_overlap(&ranges, &FAR), Err(Error::RangeOverlap(2)));
        let inside = [Range::new(12, 2), Range::new(10, 10)];
        assert_eq!(check_overlap(&inside, &FAR), Err(Error::RangeOverlap(1)));
    }

    #[test]
    fn a_range_may_not_overlap_the_result() {
        let ranges = [Range::new(10, 10), Range::new(40, 1)];
        assert_eq!(
            check_overlap(&ranges, &Range::new(40, 9)),
            Err(Error::RangeOverlap(1))
        );
        assert_eq!(check_overlap(&ranges, &Range::new(40, 0)), Ok(()));
    }
}
