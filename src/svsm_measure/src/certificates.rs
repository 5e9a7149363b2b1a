//! The host's table of certificates (AMD 56421, SNP Extended Guest Request).
//!
//! Its entries have a GUID, an offset from the table's start and a length; one of zeros is the end.

use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, KnownLayout};

use crate::host::NoReport;

#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Entry {
    guid: [u8; 16],
    offset: U32,
    length: U32,
}

const _: () = assert!(size_of::<Entry>() == 24);

/// How many bytes table and certificates are together: what follows the last certificate is nothing.
///
/// # Errors
///
/// There is no certificate, or the table does not end, or names what is not there.
pub(crate) fn size(bytes: &[u8]) -> Result<usize, NoReport> {
    let mut end = 0;
    let mut left = bytes;
    loop {
        let (entry, rest) = Entry::ref_from_prefix(left).map_err(|_| NoReport)?;
        left = rest;
        if is_end(entry) {
            break;
        }
        end = end.max(certificate_end(entry)?);
    }
    let table = bytes.len().saturating_sub(left.len());
    if end <= table || end > bytes.len() {
        return Err(NoReport);
    }
    Ok(end)
}

fn is_end(entry: &Entry) -> bool {
    entry.guid == [0; 16] && entry.offset == 0 && entry.length == 0
}

/// Where a certificate ends.
fn certificate_end(entry: &Entry) -> Result<usize, NoReport> {
    let end = entry.offset.get().checked_add(entry.length.get());
    end.and_then(|end| usize::try_from(end).ok())
        .ok_or(NoReport)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn entry(offset: u32, length: u32) -> Vec<u8> {
        [&[1; 16][..], &offset.to_le_bytes(), &length.to_le_bytes()].concat()
    }

    #[test]
    fn what_follows_the_last_certificate_is_left_out() {
        let table = [
            entry(82, 10),
            entry(72, 10),
            [0; 24].to_vec(),
            [9; 100].to_vec(),
        ]
        .concat();
        assert_eq!(size(&table), Ok(92));
    }

    #[test]
    fn tables_without_certificates_or_end_are_refused() {
        let good = [entry(48, 10), [0; 24].to_vec(), [9; 10].to_vec()].concat();
        assert_eq!(size(&good), Ok(58));
        for bad in [
            Vec::new(),
            [0; 4096].to_vec(),
            entry(24, 10),
            good[..57].to_vec(),
            [entry(48, 0), [0; 24].to_vec()].concat(),
            [entry(0, 20), [0; 24].to_vec(), [9; 10].to_vec()].concat(),
            [entry(u32::MAX, 1), [0; 24].to_vec(), [9; 10].to_vec()].concat(),
            [entry(48, u32::MAX), [0; 24].to_vec(), [9; 10].to_vec()].concat(),
        ] {
            assert_eq!(size(&bad), Err(NoReport), "{bad:?}");
        }
    }
}
