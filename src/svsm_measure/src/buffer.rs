//! Memory of the SVSM, asked for rather than taken.

use alloc::vec::Vec;

use crate::error::Error;

/// A vector that can take `capacity` items without asking again.
pub(crate) fn with_capacity<T>(capacity: usize) -> Result<Vec<T>, Error> {
    let mut vector = Vec::new();
    vector
        .try_reserve_exact(capacity)
        .map_err(|_| Error::Resources)?;
    Ok(vector)
}

/// `size` zero bytes.
pub(crate) fn zeroed(size: usize) -> Result<Vec<u8>, Error> {
    let mut vector = with_capacity(size)?;
    vector.resize(size, 0);
    Ok(vector)
}
