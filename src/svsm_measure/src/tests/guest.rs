//! A guest that makes calls.

use std::vec::Vec;

use super::machine::Machine;
use crate::protocol::{CANCEL, GET_KEY, MEASURE};
use crate::{Error, Key, Registers, Service};

pub(super) const REQUEST: u64 = 0x1000;
pub(super) const NONCE: u64 = 0x2040;
pub(super) const RESULT: u64 = 0x10000;
pub(super) const RANGES: u64 = 0x20000;
pub(super) const DATA: u64 = 0x100000;

/// A service with a key of 48 bytes.
pub(super) fn service(private: &[u8]) -> Service<Machine> {
    let key = Key::generate(|bytes| {
        bytes.copy_from_slice(private);
        Ok(())
    });
    Service::new(key.unwrap())
}

/// A measure request, good as it is.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) request_gpa: u64,
    pub(super) session: u64,
    pub(super) ranges_gpa: u64,
    pub(super) ranges: Vec<(u64, u64)>,
    pub(super) range_count: Option<u32>,
    pub(super) algorithm: u16,
    pub(super) reserved: [u8; 22],
    pub(super) nonce_gpa: u64,
    pub(super) nonce: [u8; 64],
    pub(super) result_gpa: u64,
    pub(super) result_size: u32,
}

impl Ask {
    pub(super) fn of(ranges: &[(u64, u64)]) -> Self {
        Self {
            request_gpa: REQUEST,
            session: 0,
            ranges_gpa: RANGES,
            ranges: ranges.to_vec(),
            range_count: None,
            algorithm: 1,
            reserved: [0; 22],
            nonce_gpa: NONCE,
            nonce: [0x5a; 64],
            result_gpa: RESULT,
            result_size: 0x8000,
        }
    }

    /// Lay it out in guest memory.
    pub(super) fn place(&self, machine: &Machine) {
        let ranges = self.ranges.iter();
        let words: Vec<_> = ranges.flat_map(|(gpa, length)| [*gpa, *length]).collect();
        let bytes: Vec<_> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        machine.set(self.ranges_gpa, &bytes);
        machine.set(self.nonce_gpa, &self.nonce);
        machine.set(self.request_gpa, &self.bytes());
    }

    fn bytes(&self) -> Vec<u8> {
        let count = self.range_count.unwrap_or(self.ranges.len() as u32);
        [
            &self.session.to_le_bytes()[..],
            &self.ranges_gpa.to_le_bytes(),
            &count.to_le_bytes(),
            &self.algorithm.to_le_bytes(),
            &self.reserved[..2],
            &self.nonce_gpa.to_le_bytes(),
            &self.result_gpa.to_le_bytes(),
            &self.result_size.to_le_bytes(),
            &self.reserved[2..],
        ]
        .concat()
    }

    /// Make the call, once.
    pub(super) fn once(&self, service: &Service<Machine>, machine: &Machine) -> Outcome {
        self.place(machine);
        again(self.request_gpa, service, machine)
    }

    /// Make the call until it is complete, and take the record.
    pub(super) fn all(&self, service: &Service<Machine>, machine: &Machine) -> Vec<u8> {
        let mut outcome = self.once(service, machine);
        while outcome.result == Err(Error::Incomplete) {
            outcome = again(self.request_gpa, service, machine);
        }
        assert_eq!(outcome.result, Ok(()));
        machine.get(self.result_gpa, outcome.registers.rcx as usize)
    }
}

/// A key request, good as it is.
pub(super) struct AskKey {
    pub(super) nonce: [u8; 64],
    pub(super) nonce_gpa: u64,
    pub(super) result_gpa: u64,
    pub(super) result_size: u32,
    pub(super) flags: u32,
    pub(super) reserved: [u8; 40],
}

impl AskKey {
    pub(super) fn new(flags: u32) -> Self {
        Self {
            nonce: [0x5a; 64],
            nonce_gpa: NONCE,
            result_gpa: RESULT,
            result_size: 0x8000,
            flags,
            reserved: [0; 40],
        }
    }

    pub(super) fn once(&self, service: &Service<Machine>, machine: &Machine) -> Outcome {
        let request = [
            &self.nonce_gpa.to_le_bytes()[..],
            &self.result_gpa.to_le_bytes(),
            &self.result_size.to_le_bytes(),
            &self.flags.to_le_bytes(),
            &self.reserved,
        ];
        machine.set(self.nonce_gpa, &self.nonce);
        machine.set(REQUEST, &request.concat());
        call(service, machine, GET_KEY, REQUEST)
    }
}

/// What a call gave.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Outcome {
    pub(super) result: Result<(), Error>,
    pub(super) registers: Registers,
}

/// What Linux leaves in RDX and R8.
pub(super) const ENTRY: u64 = u64::MAX;

/// Make a call as Linux does.
pub(super) fn call(service: &Service<Machine>, machine: &Machine, call: u32, rcx: u64) -> Outcome {
    let mut registers = Registers {
        rcx,
        rdx: ENTRY,
        r8: ENTRY,
    };
    let result = service.call(machine, call, &mut registers);
    Outcome { result, registers }
}

/// Make the call for the same request once more.
pub(super) fn again(request: u64, service: &Service<Machine>, machine: &Machine) -> Outcome {
    call(service, machine, MEASURE, request)
}

/// Cancel the request's session.
pub(super) fn cancel(request: u64, service: &Service<Machine>, machine: &Machine) -> Outcome {
    call(service, machine, CANCEL, request)
}

/// A service with some key.
pub(super) fn any_service() -> Service<Machine> {
    service(&[0x11; 48])
}
