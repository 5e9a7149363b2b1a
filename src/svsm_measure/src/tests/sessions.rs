//! Measurements of several calls.

use core::slice::from_ref;
use std::boxed::Box;
use std::sync::Arc;
use std::vec::Vec;

use super::guest::{Ask, DATA, REQUEST, again, any_service, cancel};
use super::machine::Machine;
use crate::{Error, Refusal, Service};

/// A request of its own that takes `calls` calls.
fn long(number: u64, calls: u64) -> Ask {
    Ask {
        request_gpa: 0x100_0000 + number * 0x10_0000,
        nonce_gpa: 0x101_0000 + number * 0x10_0000,
        ranges_gpa: 0x102_0000 + number * 0x10_0000,
        result_gpa: 0x103_0000 + number * 0x10_0000,
        ..Ask::of(&[(DATA, (calls - 1) * (256 << 10) + 1)])
    }
}

fn begin(asks: &[Ask], service: &Service<Machine>, machine: &Machine) {
    for ask in asks {
        assert_eq!(ask.once(service, machine).result, Err(Error::Incomplete));
    }
}

#[test]
fn eight_wait_and_a_ninth_drops_the_one_used_least_recently() {
    let (service, machine) = (any_service(), Machine::new());
    let asks: Vec<_> = (0..9).map(|number| long(number, 3)).collect();
    begin(&asks[..8], &service, &machine);
    let go_on = |ask: &Ask| again(ask.request_gpa, &service, &machine).result;
    assert_eq!(go_on(&asks[0]), Err(Error::Incomplete));
    begin(&asks[8..], &service, &machine);
    assert_eq!(go_on(&asks[1]), Err(Error::Session));
    assert_eq!(go_on(&asks[0]), Ok(()));
    for ask in &asks[2..] {
        assert_eq!(go_on(ask), Err(Error::Incomplete));
        assert_eq!(go_on(ask), Ok(()));
    }
}

#[test]
fn numbers_are_never_used_twice() {
    let (service, machine) = (any_service(), Machine::new());
    let mut numbers = Vec::new();
    for _ in 0..20 {
        begin(&[long(0, 2)], &service, &machine);
        numbers.push(machine.get(long(0, 2).request_gpa, 8));
        assert_eq!(
            again(long(0, 2).request_gpa, &service, &machine).result,
            Ok(())
        );
    }
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 20);
    assert!(!numbers.contains(&[0; 8].to_vec()));
}

#[test]
fn a_session_ends_with_its_last_call() {
    let (service, machine) = (any_service(), Machine::new());
    let ask = long(0, 2);
    begin(from_ref(&ask), &service, &machine);
    assert_eq!(again(ask.request_gpa, &service, &machine).result, Ok(()));
    assert_eq!(
        again(ask.request_gpa, &service, &machine).result,
        Err(Error::Session)
    );
    assert_eq!(
        cancel(ask.request_gpa, &service, &machine).result,
        Err(Error::Session)
    );
}

#[test]
fn a_cancelled_session_is_gone() {
    let (service, machine) = (any_service(), Machine::new());
    let ask = long(0, 3);
    begin(from_ref(&ask), &service, &machine);
    // Nothing else of the request is looked at.
    machine.set(ask.request_gpa + 8, &[0xff; 56]);
    assert_eq!(cancel(ask.request_gpa, &service, &machine).result, Ok(()));
    assert_eq!(
        again(ask.request_gpa, &service, &machine).result,
        Err(Error::Session)
    );
}

#[test]
fn unknown_sessions_are_said_to_be() {
    let (service, machine) = (any_service(), Machine::new());
    for session in [1, 77, u64::MAX] {
        let ask = Ask {
            session,
            ..long(0, 1)
        };
        assert_eq!(ask.once(&service, &machine).result, Err(Error::Session));
    }
    machine.set(REQUEST, &[0; 64]);
    assert_eq!(
        cancel(REQUEST, &service, &machine).result,
        Err(Error::Session)
    );
    machine.refuse(REQUEST, Refusal::NotGuest);
    assert_eq!(
        cancel(REQUEST, &service, &machine).result,
        Err(Error::InvalidAddress)
    );
}

#[test]
fn no_two_processors_work_on_a_session() {
    let (service, machine) = (Arc::new(any_service()), Machine::new());
    let ask = long(0, 3);
    begin(from_ref(&ask), &service, &machine);
    // The first read is that of the request: the other processor comes with the second.
    let (other, gpa) = (service.clone(), ask.request_gpa);
    *machine.meanwhile.lock().unwrap() = Some(Box::new(move |machine: &Machine| {
        let second = Box::new(move |machine: &Machine| {
            assert_eq!(again(gpa, &other, machine).result, Err(Error::Busy));
            assert_eq!(cancel(gpa, &other, machine).result, Err(Error::Busy));
        });
        *machine.meanwhile.lock().unwrap() = Some(second);
    }));
    assert_eq!(
        again(gpa, &service, &machine).result,
        Err(Error::Incomplete)
    );
    assert!(machine.meanwhile.lock().unwrap().is_none());
    assert_eq!(again(gpa, &service, &machine).result, Ok(()));
}

#[test]
fn one_that_is_dropped_while_it_is_worked_on_has_to_start_again() {
    let (service, machine) = (Arc::new(any_service()), Machine::new());
    let ask = long(0, 3);
    begin(from_ref(&ask), &service, &machine);
    let other = service.clone();
    *machine.meanwhile.lock().unwrap() = Some(Box::new(move |machine: &Machine| {
        let second = Box::new(move |machine: &Machine| {
            let asks: Vec<_> = (1..9).map(|number| long(number, 3)).collect();
            begin(&asks, &other, machine);
        });
        *machine.meanwhile.lock().unwrap() = Some(second);
    }));
    assert_eq!(
        again(ask.request_gpa, &service, &machine).result,
        Err(Error::Session)
    );
    assert_eq!(
        again(ask.request_gpa, &service, &machine).result,
        Err(Error::Session)
    );
}

#[test]
fn a_number_that_cannot_be_told_is_of_no_session() {
    let (service, machine) = (any_service(), Machine::new());
    let ask = long(0, 2);
    let gpa = ask.request_gpa;
    *machine.meanwhile.lock().unwrap() = Some(Box::new(move |machine: &Machine| {
        let second = Box::new(move |machine: &Machine| machine.refuse(gpa, Refusal::NotPrivate));
        *machine.meanwhile.lock().unwrap() = Some(second);
    }));
    assert_eq!(
        ask.once(&service, &machine).result,
        Err(Error::InvalidAddress)
    );
    machine.refused.lock().unwrap().clear();
    let guess = Ask { session: 1, ..ask };
    assert_eq!(guess.once(&service, &machine).result, Err(Error::Session));
}
