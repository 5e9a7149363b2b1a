//! Measurements that succeed, and what they are not disturbed by.

use std::thread;
use std::vec::Vec;

use p384::ecdsa::signature::Verifier;
use p384::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha512};

use super::guest::{Ask, DATA, ENTRY, Outcome, REQUEST, any_service, call};
use super::machine::Machine;
use crate::protocol::{MOST_BYTES, QUERY};
use crate::{Error, Registers, Service};

fn verify(service: &Service<Machine>, record: &[u8]) {
    let point = [&[4][..], service.key.public()].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
    let (signed, signature) = record.split_at(record.len() - 96);
    let signature = Signature::from_slice(signature).unwrap();
    key.verify(signed, &signature).unwrap();
}

#[test]
fn query_tells_what_there_is() {
    let outcome = call(&any_service(), &Machine::new(), QUERY, 77);
    let registers = Registers {
        rcx: 1,
        rdx: 0x0004_0000_0000_0400,
        r8: 0b110,
    };
    assert_eq!(
        outcome,
        Outcome {
            result: Ok(()),
            registers
        }
    );
}

#[test]
fn unknown_calls_are_said_to_be() {
    for number in [4, u32::MAX] {
        let outcome = call(&any_service(), &Machine::new(), number, 77);
        assert_eq!(outcome.result, Err(Error::UnsupportedCall));
        assert_eq!(outcome.registers.rcx, 77);
    }
}

#[test]
fn a_record_verifies_and_has_the_digest() {
    let (service, machine) = (any_service(), Machine::new());
    let ask = Ask {
        algorithm: 2,
        ..Ask::of(&[(DATA + 5, 9000), (DATA - 10, 3)])
    };
    let record = ask.all(&service, &machine);
    verify(&service, &record);
    let memory = [machine.get(DATA + 5, 9000), machine.get(DATA - 10, 3)].concat();
    assert_eq!(record[0x60..0xA0], Sha512::digest(memory)[..]);
}

#[test]
fn a_call_reads_no_more_than_it_may() {
    let (service, machine) = (any_service(), Machine::new());
    let most = u64::from(MOST_BYTES);
    let ask = Ask::of(&[(DATA + 1, most - 1), (2 * DATA, most + 2)]);
    let first = ask.once(&service, &machine);
    assert_eq!(first.result, Err(Error::Incomplete));
    assert_eq!((first.registers.rcx, first.registers.rdx), (REQUEST, most));
    // And the request, the nonce and the ranges.
    assert_eq!(*machine.bytes_read.lock().unwrap(), most + 64 + 64 + 32);
    let second = call(&service, &machine, 2, REQUEST);
    assert_eq!(
        (second.result, second.registers.rdx),
        (Err(Error::Incomplete), 2 * most)
    );
    let third = call(&service, &machine, 2, REQUEST);
    assert_eq!((third.result, third.registers.rdx), (Ok(()), 2 * most + 1));
    assert_eq!(third.registers.r8, ENTRY);
}

#[test]
fn exactly_as_much_as_a_call_may_takes_one() {
    let (service, machine) = (any_service(), Machine::new());
    let outcome = Ask::of(&[(DATA, MOST_BYTES.into())]).once(&service, &machine);
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(machine.get(REQUEST, 8), [0; 8]);
}

#[test]
fn later_changes_of_the_request_change_nothing() {
    let (service, machine) = (any_service(), Machine::new());
    let ask = Ask::of(&[(DATA, 1 << 20)]);
    assert_eq!(ask.once(&service, &machine).result, Err(Error::Incomplete));
    let session = machine.get(REQUEST, 8);
    machine.set(ask.ranges_gpa, &[0xff; 16]);
    machine.set(ask.nonce_gpa, &[0xff; 64]);
    machine.set(REQUEST + 8, &[0xff; 56]);
    let mut outcome = call(&service, &machine, 2, REQUEST);
    while outcome.result == Err(Error::Incomplete) {
        outcome = call(&service, &machine, 2, REQUEST);
    }
    let record = machine.get(ask.result_gpa, outcome.registers.rcx as usize);
    assert_eq!(record[0x20..0x60], ask.nonce);
    assert_eq!(record[0x100..0x108], DATA.to_le_bytes());
    assert_eq!(machine.get(REQUEST, 8), session);
}

#[test]
fn every_counter_is_in_one_record() {
    let (service, machine) = (any_service(), Machine::new());
    let records: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u64)
            .map(|number| {
                let (service, machine) = (&service, &machine);
                let ask = Ask {
                    request_gpa: 0x100_0000 + number * 0x10_0000,
                    nonce_gpa: 0x101_0000 + number * 0x10_0000,
                    ranges_gpa: 0x102_0000 + number * 0x10_0000,
                    result_gpa: 0x103_0000 + number * 0x10_0000,
                    ..Ask::of(&[(DATA, 300_000)])
                };
                let work = move || {
                    (0..4)
                        .map(|_| ask.all(service, machine))
                        .collect::<Vec<_>>()
                };
                scope.spawn(work)
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let mut counters: Vec<_> = records.iter().map(|record| record[0x10]).collect();
    counters.sort_unstable();
    assert_eq!(counters, (1..=16).collect::<Vec<_>>());
    records.iter().for_each(|record| verify(&service, record));
}
