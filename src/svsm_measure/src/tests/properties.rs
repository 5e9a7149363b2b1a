//! Whatever a guest asks: no panic, and an error changes nothing.

use std::vec::Vec;

use proptest::prelude::*;

use super::guest::{DATA, NONCE, Outcome, RANGES, REQUEST, RESULT, any_service, call};
use super::machine::{END, Machine};
use crate::protocol::{GET_KEY, MEASURE};
use crate::{Error, Refusal};

const SHARED: u64 = 0x9000;
const SVSM: u64 = 0xa000;

fn machine() -> Machine {
    let machine = Machine::new();
    machine.refuse(SHARED, Refusal::NotPrivate);
    machine.refuse(SVSM, Refusal::NotGuest);
    machine
}

fn address() -> impl Strategy<Value = u64> {
    let known = [
        REQUEST,
        NONCE,
        RANGES,
        RESULT,
        DATA,
        SHARED,
        SVSM,
        END - 64,
        u64::MAX - 63,
        0,
    ];
    let near = (prop::sample::select(known.to_vec()), -70..70_i64)
        .prop_map(|(place, offset)| place.wrapping_add_signed(offset));
    prop_oneof![4 => prop::sample::select(known.to_vec()), 2 => near, 1 => any::<u64>()]
}

fn size() -> impl Strategy<Value = u64> {
    let some = [
        0,
        1,
        63,
        64,
        0x170,
        4096,
        0x4160,
        1 << 18,
        (1 << 18) + 1,
        u64::MAX,
    ];
    prop_oneof![3 => prop::sample::select(some.to_vec()), 2 => 0..0x8000_u64, 1 => any::<u64>()]
}

prop_compose! {
    /// Mostly such that it is looked at for long.
    fn measure_request()(
        session in prop_oneof![8 => Just(0), 1 => 1..3_u64, 1 => any::<u64>()],
        ranges in prop_oneof![4 => Just(RANGES), 1 => address()],
        count in prop_oneof![8 => 1..4_u32, 1 => 0..1100_u32, 1 => any::<u32>()],
        algorithm in prop_oneof![8 => 1..3_u16, 1 => any::<u16>()],
        nonce in prop_oneof![4 => Just(NONCE), 1 => address()],
        result in prop_oneof![4 => Just(RESULT), 1 => address()],
        size in prop_oneof![4 => Just(0x8000), 1 => any::<u32>(), 1 => 0x160..0x1a0_u32],
        reserved in prop_oneof![8 => Just(0), 1 => any::<u8>()],
        place in prop_oneof![Just(0x16_usize), 0x2c..0x40_usize],
    ) -> Vec<u8> {
        let mut bytes = [
            &session.to_le_bytes()[..],
            &ranges.to_le_bytes(),
            &count.to_le_bytes(),
            &algorithm.to_le_bytes(),
            &[0; 2],
            &nonce.to_le_bytes(),
            &result.to_le_bytes(),
            &size.to_le_bytes(),
            &[0; 20],
        ].concat();
        bytes[place] = reserved;
        bytes
    }
}

fn any_request() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => measure_request(), 1 => prop::collection::vec(any::<u8>(), 64)]
}

fn field(request: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(request[offset..offset + 8].try_into().unwrap())
}

/// What a call may have written: nothing, a session's number, or a result.
fn assert_writes(machine: &Machine, request: &[u8], rcx: u64, number: u32, outcome: Outcome) {
    let writes = machine.writes.lock().unwrap();
    let result_at = if number == GET_KEY { 8 } else { 0x20 };
    match outcome.result {
        Ok(()) if number == GET_KEY || number == MEASURE => {
            let sizes: Vec<_> = writes
                .iter()
                .map(|(gpa, bytes)| (*gpa, bytes.len()))
                .collect();
            assert_eq!(
                sizes,
                [(field(request, result_at), outcome.registers.rcx as usize)]
            );
        }
        Err(Error::Incomplete) => {
            assert!(
                writes
                    .iter()
                    .all(|(gpa, bytes)| *gpa == rcx && bytes.len() == 8)
            );
        }
        _ => assert!(writes.is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_request_panics_and_errors_change_nothing(
        number in prop_oneof![6 => Just(MEASURE), 2 => Just(GET_KEY), 1 => 0..5_u32],
        rcx in prop_oneof![6 => Just(REQUEST), 1 => address()],
        request in any_request(),
        ranges in prop::collection::vec((address(), size()), 4),
        again in any::<bool>(),
    ) {
        let (service, machine) = (any_service(), machine());
        let words = ranges.iter().flat_map(|(gpa, length)| [*gpa, *length]);
        machine.set(RANGES, &words.flat_map(u64::to_le_bytes).collect::<Vec<_>>());
        if rcx < u64::MAX - 64 {
            machine.set(rcx, &request);
        }
        let outcome = call(&service, &machine, number, rcx);
        assert_writes(&machine, &request, rcx, number, outcome);
        if again {
            machine.writes.lock().unwrap().clear();
            let request = machine.get(rcx, if rcx < END { 64 } else { 0 });
            let outcome = call(&service, &machine, number, rcx);
            if !request.is_empty() {
                assert_writes(&machine, &request, rcx, number, outcome);
            }
        }
    }
}
