//! The whole of it, against a machine that exists in these tests alone.

mod guest;
mod keys;
mod machine;
mod measurements;
mod pages;
mod properties;
mod refusals;
mod sessions;
mod vectors;
