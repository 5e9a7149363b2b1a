//! Hash algorithms of measurements.

use sha2::{Digest, Sha384, Sha512};

use crate::error::Error;

/// Size of a digest in a record, whatever the algorithm.
pub(crate) const DIGEST_SIZE: usize = 64;
/// Bit *n* for algorithm *n*, as QUERY tells them.
pub(crate) const ALGORITHMS: u64 = 1 << SHA_384 | 1 << SHA_512;

const SHA_384: u16 = 1;
const SHA_512: u16 = 2;

/// A hash that is being computed.
#[derive(Clone, Debug)]
pub(crate) enum Hash {
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hash {
    /// Of nothing yet, by the algorithm with this number.
    pub(crate) fn new(algorithm: u16) -> Result<Self, Error> {
        match algorithm {
            SHA_384 => Ok(Self::Sha384(Sha384::new())),
            SHA_512 => Ok(Self::Sha512(Sha512::new())),
            _ => Err(Error::Algorithm),
        }
    }

    /// The algorithm's number.
    pub(crate) fn algorithm(&self) -> u16 {
        match self {
            Self::Sha384(_) => SHA_384,
            Self::Sha512(_) => SHA_512,
        }
    }

    /// Take more of the message.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha384(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
        }
    }

    /// The digest, with zero bytes behind a shorter one.
    pub(crate) fn finish(self) -> [u8; DIGEST_SIZE] {
        let mut digest = [0; DIGEST_SIZE];
        match self {
            Self::Sha384(hash) => copy(&hash.finalize(), &mut digest),
            Self::Sha512(hash) => copy(&hash.finalize(), &mut digest),
        }
        digest
    }
}

/// Copy what there is to the front.
fn copy(from: &[u8], to: &mut [u8; DIGEST_SIZE]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
