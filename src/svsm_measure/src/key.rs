//! The key that records are signed with (protocol, section 3).

use core::fmt;

use p384::ecdsa::signature::Signer;
use p384::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::protocol::{NONCE_SIZE, PUBLIC_KEY_SIZE, SIGNATURE_SIZE};

/// What is hashed into REPORT_DATA first.
const LABEL: &[u8; 32] = b"svsm-testbed measurement key v1\0";
/// Size of a P-384 scalar.
const SCALAR_SIZE: usize = 48;
/// How often to draw. Of 2^190 draws, one is no scalar: a source that needs more is broken.
const DRAWS: usize = 8;

/// There was no entropy to make a key from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoEntropy;

/// A P-384 key. It cannot be read, and is wiped when it is dropped.
pub struct Key {
    signing: SigningKey,
    public: [u8; PUBLIC_KEY_SIZE],
    id: [u8; 48],
}

impl Key {
    /// Make a key from what `fill` fills with entropy.
    ///
    /// # Errors
    ///
    /// `fill` failed, or gave nothing that is a scalar.
    pub fn generate(
        mut fill: impl FnMut(&mut [u8]) -> Result<(), NoEntropy>,
    ) -> Result<Self, NoEntropy> {
        for _ in 0..DRAWS {
            let mut scalar = Zeroizing::new([0; SCALAR_SIZE]);
            fill(scalar.as_mut_slice())?;
            // Rejected are 0 and what is not below the group's order: no scalar is likelier than another.
            if let Ok(signing) = SigningKey::from_slice(scalar.as_slice()) {
                return Self::new(signing).ok_or(NoEntropy);
            }
        }
        Err(NoEntropy)
    }

    fn new(signing: SigningKey) -> Option<Self> {
        let point = signing.verifying_key().to_encoded_point(false);
        // Its first byte says that the point is not compressed.
        let public: [u8; PUBLIC_KEY_SIZE] = point.as_bytes().get(1..)?.try_into().ok()?;
        let id = Sha384::digest(public).into();
        Some(Self {
            signing,
            public,
            id,
        })
    }

    /// X and Y.
    pub(crate) fn public(&self) -> &[u8; PUBLIC_KEY_SIZE] {
        &self.public
    }

    /// SHA-384 of the public key.
    pub(crate) fn id(&self) -> &[u8; 48] {
        &self.id
    }

    /// R and S of the signature of `message`, with RFC 6979's secret.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_SIZE], Error> {
        let signature: Signature = self
            .signing
            .try_sign(message)
            .map_err(|_| Error::Resources)?;
        signature
            .to_bytes()
            .as_slice()
            .try_into()
            .map_err(|_| Error::Resources)
    }

    /// REPORT_DATA of a report that vouches for this key.
    pub(crate) fn report_data(&self, nonce: &[u8; NONCE_SIZE]) -> [u8; 64] {
        Sha512::new()
            .chain_update(LABEL)
            .chain_update(self.public)
            .chain_update(nonce)
            .finalize()
            .into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Key").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_scalar_is_drawn_again() {
        let draws = [[0xff; 48], [0; 48], [0x11; 48]];
        let mut left = draws.iter();
        let key = Key::generate(|bytes| {
            bytes.copy_from_slice(left.next().unwrap());
            Ok(())
        })
        .unwrap();
        let wanted = SigningKey::from_slice(&draws[2]).unwrap();
        assert_eq!(key.public, Key::new(wanted).unwrap().public);
        assert_eq!(left.next(), None);
    }

    #[test]
    fn a_broken_source_gives_no_key_and_an_end() {
        let mut draws = 0;
        let broken = Key::generate(|_| {
            draws += 1;
            Ok(())
        });
        assert_eq!(broken.err(), Some(NoEntropy));
        assert_eq!(draws, DRAWS);
        assert_eq!(Key::generate(|_| Err(NoEntropy)).err(), Some(NoEntropy));
    }

    #[test]
    fn debugging_does_not_show_it() {
        let key = Key::generate(|bytes| {
            bytes.fill(7);
            Ok(())
        });
        assert_eq!(std::format!("{:?}", key.unwrap()), "Key { .. }");
    }
}
