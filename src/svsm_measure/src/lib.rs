//! An SVSM's side of the measurement protocol (docs/measurement-protocol.md, here "the protocol"):
//! all of it that does not depend on which SVSM it is.
//!
//! An SVSM makes a [`Service`] when it starts, hands the calls of its guest to [`Service::call`], and
//! is a [`Host`]: it reads and writes guest memory and asks for attestation reports. It also feeds a
//! [`PrivatePages`], by which it knows what of the guest's memory can be read.
//!
//! A guest chooses every byte of a request. No request can make this code panic: the lints below
//! refuse what can, memory is only ever asked for, and work in a call is bounded.

#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::integer_division_remainder_used,
        clippy::panic,
        clippy::panic_in_result_fn,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod buffer;
mod certificates;
mod error;
mod evidence;
mod guest;
mod hash;
mod host;
mod key;
mod key_request;
mod measure_request;
mod private_pages;
pub mod protocol;
mod ranges;
mod record;
mod service;
mod session;
mod sessions;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use host::{Host, Lock, NoReport, Refusal, Report};
pub use key::{Key, NoEntropy};
pub use private_pages::PrivatePages;
pub use service::{Registers, Service};
