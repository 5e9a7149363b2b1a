//! A measurement that may take several calls.

use crate::buffer;
use crate::error::Error;
use crate::host::Host;
use crate::measure_request::Measurement;
use crate::protocol::{MOST_BYTES, PAGE_SIZE};

/// A measurement and how far it is.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) measurement: Measurement,
    /// Index of the range that is being read, or the number of ranges at the end.
    range: usize,
    /// How much of it was read.
    offset: u64,
    /// How much was read of all ranges.
    pub(crate) done: u64,
}

impl Session {
    /// Nothing was read yet.
    pub(crate) fn new(measurement: Measurement) -> Self {
        Self {
            measurement,
            range: 0,
            offset: 0,
            done: 0,
        }
    }

    /// Read and hash as much as one call may.
    pub(crate) fn advance<H: Host>(&mut self, host: &H) -> Result<(), Error> {
        let mut page = buffer::zeroed(usize::try_from(PAGE_SIZE).map_err(|_| Error::Resources)?)?;
        let mut budget = u64::from(MOST_BYTES);
        while budget > 0 && !self.is_done() {
            let read = self.step(host, &mut page, budget)?;
            budget = budget.saturating_sub(read);
        }
        Ok(())
    }

    /// Whether all was read.
    pub(crate) fn is_done(&self) -> bool {
        self.range >= self.measurement.ranges.len()
    }

    /// Read and hash up to the end of a page, of a range, or of what a call may read.
    fn step<H: Host>(&mut self, host: &H, page: &mut [u8], most: u64) -> Result<u64, Error> {
        let Some(range) = self.measurement.ranges.get(self.range) else {
            return Ok(0);
        };
        // Ranges do not wrap, and the offset is within this one.
        let gpa = range.gpa().wrapping_add(self.offset);
        let left = range.length().saturating_sub(self.offset);
        let in_page = PAGE_SIZE.saturating_sub(gpa & PAGE_SIZE.saturating_sub(1));
        let size = left.min(in_page).min(most);
        let piece = usize::try_from(size)
            .ok()
            .and_then(|size| page.get_mut(..size));
        let piece = piece.ok_or(Error::Resources)?;
        host.read(gpa, piece)
            .map_err(|refusal| Error::of_range(refusal, self.range as u64))?;
        self.measurement.hash.update(piece);
        self.done = self.done.saturating_add(size);
        if size == left {
            self.range = self.range.saturating_add(1);
            self.offset = 0;
        } else {
            self.offset = self.offset.saturating_add(size);
        }
        Ok(size)
    }
}
