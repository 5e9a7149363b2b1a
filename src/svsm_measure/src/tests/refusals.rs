//! What is refused, with which error, and in which order.

use std::format;

use super::guest::{Ask, DATA, NONCE, REQUEST, RESULT, again, any_service};
use super::machine::{END, Machine};
use crate::{Error, Refusal};

const SHARED: u64 = 0x9000;
const SVSM: u64 = 0xa000;
const MMIO: u64 = 0x1_0000_0000;

/// Something wrong with a request.
struct Fault {
    name: &'static str,
    make: fn(&mut Ask),
    error: Error,
}

const fn fault(name: &'static str, make: fn(&mut Ask), error: Error) -> Fault {
    Fault { name, make, error }
}

/// In the order in which they are looked for.
const FAULTS: &[Fault] = &[
    fault(
        "request elsewhere",
        |ask| ask.request_gpa = SHARED,
        Error::InvalidAddress,
    ),
    fault(
        "request misaligned",
        |ask| ask.request_gpa |= 4,
        Error::InvalidParameter,
    ),
    fault("reserved", |ask| ask.reserved[0] = 1, Error::InvalidFormat),
    fault(
        "nonce elsewhere",
        |ask| ask.nonce_gpa = SVSM,
        Error::InvalidAddress,
    ),
    fault(
        "nonce misaligned",
        |ask| ask.nonce_gpa |= 4,
        Error::InvalidParameter,
    ),
    fault("algorithm", |ask| ask.algorithm = 3, Error::Algorithm),
    fault(
        "no range",
        |ask| ask.range_count = Some(0),
        Error::RangeCount,
    ),
    fault(
        "ranges elsewhere",
        |ask| ask.ranges_gpa = END - 8,
        Error::InvalidAddress,
    ),
    fault(
        "ranges misaligned",
        |ask| ask.ranges_gpa |= 4,
        Error::InvalidParameter,
    ),
    fault(
        "empty range",
        |ask| ask.ranges[1].1 = 0,
        Error::RangeLength(1),
    ),
    fault(
        "overlap",
        |ask| ask.ranges[2].0 = 2 * DATA + 99,
        Error::RangeOverlap(2),
    ),
    fault(
        "small result",
        |ask| ask.result_size = 0x18f,
        Error::ResultSize(0x190),
    ),
    fault(
        "result elsewhere",
        |ask| ask.result_gpa = SVSM,
        Error::InvalidAddress,
    ),
    fault(
        "result misaligned",
        |ask| ask.result_gpa += 8,
        Error::InvalidParameter,
    ),
    fault(
        "foreign range",
        |ask| ask.ranges[0].0 = MMIO,
        Error::RangeNotGuest(0),
    ),
];

fn good() -> Ask {
    Ask {
        result_size: 0x1000,
        ..Ask::of(&[(DATA, 100), (2 * DATA, 100), (3 * DATA, 100)])
    }
}

fn machine() -> Machine {
    let machine = Machine::new();
    machine.refuse(SHARED, Refusal::NotPrivate);
    machine.refuse(SVSM, Refusal::NotGuest);
    machine.refuse(MMIO, Refusal::NotGuest);
    machine
}

/// Make the call and see that it is refused and changes nothing.
fn assert_refused(ask: &Ask, error: Error, name: &str) {
    let machine = machine();
    ask.place(&machine);
    machine.set(RESULT, &[0xee; 0x1000]);
    let outcome = ask.once(&any_service(), &machine);
    assert_eq!(outcome.result, Err(error), "{name}");
    assert_eq!(outcome.registers.rcx, ask.request_gpa, "{name}");
    assert_eq!(
        outcome.registers.rdx,
        error.detail().unwrap_or(u64::MAX),
        "{name}"
    );
    assert!(machine.writes.lock().unwrap().is_empty(), "{name}");
}

#[test]
fn the_good_request_is_good() {
    assert_eq!(good().once(&any_service(), &machine()).result, Ok(()));
}

#[test]
fn each_fault_has_its_error() {
    for fault in FAULTS {
        let mut ask = good();
        (fault.make)(&mut ask);
        assert_refused(&ask, fault.error, fault.name);
    }
}

/// Faults in different things are found in the order of the protocol.
#[test]
fn of_two_faults_the_first_is_told() {
    for (place, first) in FAULTS.iter().enumerate() {
        for second in &FAULTS[place + 1..] {
            let mut ask = good();
            (second.make)(&mut ask);
            (first.make)(&mut ask);
            let name = format!("{}, {}", first.name, second.name);
            assert_refused(&ask, first.error, &name);
        }
    }
}

#[test]
fn addresses_that_wrap_are_invalid() {
    let wrapping: [fn(&mut Ask); 4] = [
        |ask| ask.request_gpa = u64::MAX - 55,
        |ask| ask.nonce_gpa = u64::MAX - 55,
        |ask| ask.ranges_gpa = u64::MAX - 15,
        |ask| ask.result_gpa = u64::MAX - 0xfff,
    ];
    for make in wrapping {
        let mut ask = good();
        make(&mut ask);
        assert_refused(&ask, Error::InvalidAddress, "wrapping");
    }
}

#[test]
fn requests_and_nonces_do_not_cross_pages() {
    let crossing = |make: fn(&mut Ask)| {
        let mut ask = good();
        make(&mut ask);
        assert_refused(&ask, Error::InvalidParameter, "crossing");
    };
    crossing(|ask| ask.request_gpa = REQUEST + 0xfc8);
    crossing(|ask| ask.nonce_gpa = (NONCE & !0xfff) + 0xfc8);
    let mut last = good();
    last.request_gpa = REQUEST + 0xfc0;
    last.nonce_gpa = (NONCE & !0xfff) + 0xfc0;
    assert_eq!(last.once(&any_service(), &machine()).result, Ok(()));
}

#[test]
fn every_reserved_byte_counts() {
    for byte in 0..22 {
        let mut ask = good();
        ask.reserved[byte] = 0x80;
        assert_refused(&ask, Error::InvalidFormat, "reserved");
    }
}

#[test]
fn algorithms_are_1_and_2() {
    for algorithm in [0, 3, 0x100, u16::MAX] {
        let ask = Ask {
            algorithm,
            ..good()
        };
        assert_refused(&ask, Error::Algorithm, "algorithm");
    }
}

#[test]
fn there_are_1_to_1024_ranges() {
    for count in [0, 1025, u32::MAX] {
        let mut ask = good();
        ask.range_count = Some(count);
        assert_refused(&ask, Error::RangeCount, "count");
    }
}

#[test]
fn ranges_neither_wrap_nor_sum_up_too_far() {
    let refused = |ranges: &[(u64, u64)], error| {
        assert_refused(
            &Ask {
                result_size: 0x1000,
                ..Ask::of(ranges)
            },
            error,
            "length",
        );
    };
    refused(&[(u64::MAX, 2)], Error::RangeLength(0));
    refused(&[(DATA, 1), (2, u64::MAX)], Error::RangeLength(1));
    refused(&[(0, u64::MAX), (u64::MAX, 1)], Error::RangeLength(1));
    // It ends where addresses end, and is no guest's memory.
    refused(&[(u64::MAX, 1)], Error::RangeNotGuest(0));
}

#[test]
fn the_result_is_no_part_of_what_is_measured() {
    let ask = Ask {
        result_size: 0x1000,
        ..Ask::of(&[(DATA, 1), (RESULT + 0xfff, 1)])
    };
    assert_refused(&ask, Error::RangeOverlap(1), "result");
    let beside = Ask {
        result_size: 0x1000,
        ..Ask::of(&[(RESULT - 1, 1), (RESULT + 0x1000, 1)])
    };
    assert_eq!(beside.once(&any_service(), &machine()).result, Ok(()));
}

#[test]
fn all_pages_of_a_range_are_checked_before_one_is_read() {
    for (page, error) in [
        (SVSM, Error::RangeNotGuest(1)),
        (SHARED, Error::RangeNotPrivate(1)),
    ] {
        let ask = Ask::of(&[(DATA, 1 << 20), (page - 0x7000, 0x7001)]);
        let machine = machine();
        machine
            .refused
            .lock()
            .unwrap()
            .retain(|number, _| *number == page >> 12);
        ask.place(&machine);
        let outcome = ask.once(&any_service(), &machine);
        assert_eq!(outcome.result, Err(error));
        assert_eq!(*machine.bytes_read.lock().unwrap(), 64 + 64 + 32);
    }
}

#[test]
fn a_page_that_goes_while_it_is_measured_ends_it() {
    let (service, machine) = (any_service(), machine());
    let ask = Ask::of(&[(DATA, 1 << 20)]);
    assert_eq!(ask.once(&service, &machine).result, Err(Error::Incomplete));
    machine.refuse(DATA + (300 << 10), Refusal::NotPrivate);
    let outcome = again(REQUEST, &service, &machine);
    assert_eq!(outcome.result, Err(Error::RangeNotPrivate(0)));
    let outcome = again(REQUEST, &service, &machine);
    assert_eq!(outcome.result, Err(Error::Session));
}

#[test]
fn a_result_that_goes_leaves_nothing_and_takes_no_counter() {
    let (service, machine) = (any_service(), machine());
    let ask = Ask::of(&[(DATA, 300 << 10)]);
    assert_eq!(ask.once(&service, &machine).result, Err(Error::Incomplete));
    machine.refuse(RESULT, Refusal::NotPrivate);
    machine.writes.lock().unwrap().clear();
    let outcome = again(REQUEST, &service, &machine);
    assert_eq!(outcome.result, Err(Error::InvalidAddress));
    assert!(machine.writes.lock().unwrap().is_empty());
    machine.refused.lock().unwrap().clear();
    let record = Ask::of(&[(DATA, 1)]).all(&service, &machine);
    assert_eq!(record[0x10..0x18], 1_u64.to_le_bytes());
}

#[test]
fn an_svsm_without_memory_says_so() {
    let (service, machine) = (any_service(), machine());
    machine.refuse(DATA, Refusal::Resources);
    let outcome = Ask::of(&[(DATA, 1)]).once(&service, &machine);
    assert_eq!(outcome.result, Err(Error::Resources));
    let codes = [
        Error::Resources.code(),
        Error::RangeCount.code(),
        Error::Busy.code(),
    ];
    assert_eq!(codes, [0x8000_1009, 0x8000_1000, 0x8000_0007]);
}
