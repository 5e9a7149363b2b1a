//! Key evidence.

use std::vec;
use std::vec::Vec;

use super::guest::{AskKey, NONCE, RESULT, any_service};
use super::machine::Machine;
use crate::protocol::MOST_CERTIFICATES;
use crate::{Error, Refusal};

/// A table with one certificate, and a page of zeros behind it.
fn table(certificate: usize) -> Vec<u8> {
    let entry = [
        &[1; 16][..],
        &48_u32.to_le_bytes(),
        &(certificate as u32).to_le_bytes(),
    ]
    .concat();
    [entry, vec![0; 24], vec![7; certificate], vec![0; 4096]].concat()
}

#[test]
fn the_same_request_is_answered_from_memory() {
    let (service, machine) = (any_service(), Machine::new());
    *machine.certificates.lock().unwrap() = Some(table(10));
    let small = AskKey {
        result_size: 0x100,
        ..AskKey::new(1)
    };
    let outcome = small.once(&service, &machine);
    let needed = 0x550 + 58;
    assert_eq!(outcome.result, Err(Error::ResultSize(needed)));
    assert_eq!(outcome.registers.rdx, needed);
    // The host has others now: who repeats a request does not see them.
    *machine.certificates.lock().unwrap() = Some(table(11));
    let outcome = AskKey::new(1).once(&service, &machine);
    assert_eq!((outcome.result, outcome.registers.rcx), (Ok(()), needed));
    assert_eq!(machine.reports.lock().unwrap().len(), 1);
    assert_eq!(machine.get(RESULT + 0x550 + 48, 10), [7; 10]);
}

#[test]
fn other_nonces_and_flags_have_reports_of_their_own() {
    let (service, machine) = (any_service(), Machine::new());
    *machine.certificates.lock().unwrap() = Some(table(10));
    for flags in [0, 1, 0] {
        assert_eq!(AskKey::new(flags).once(&service, &machine).result, Ok(()));
    }
    let other = AskKey {
        nonce: [1; 64],
        ..AskKey::new(0)
    };
    assert_eq!(other.once(&service, &machine).result, Ok(()));
    let reports = machine.reports.lock().unwrap();
    let asked: Vec<_> = reports
        .iter()
        .map(|(_, certificates)| *certificates)
        .collect();
    assert_eq!(asked, [false, true, false, false]);
    assert!(reports[0].0 == reports[1].0 && reports[0].0 != reports[3].0);
}

#[test]
fn without_report_or_certificates_there_is_no_evidence() {
    let (service, machine) = (any_service(), Machine::new());
    *machine.certificates.lock().unwrap() = None;
    assert_eq!(
        AskKey::new(0).once(&service, &machine).result,
        Err(Error::Report)
    );
    for none in [vec![], vec![0; 0x4000], table(MOST_CERTIFICATES)] {
        *machine.certificates.lock().unwrap() = Some(none);
        assert_eq!(
            AskKey::new(1).once(&service, &machine).result,
            Err(Error::Report)
        );
    }
    // Certificates are nobody's matter who does not ask for them.
    assert_eq!(AskKey::new(0).once(&service, &machine).result, Ok(()));
}

#[test]
fn bad_key_requests_are_refused() {
    let (service, machine) = (any_service(), Machine::new());
    machine.refuse(0x9000, Refusal::NotPrivate);
    let good = || AskKey::new(0);
    let mut last = [0; 40];
    last[39] = 1;
    let bad = [
        (AskKey { flags: 2, ..good() }, Error::InvalidFormat),
        (
            AskKey {
                reserved: last,
                ..good()
            },
            Error::InvalidFormat,
        ),
        (
            AskKey {
                nonce_gpa: 0x9000,
                ..good()
            },
            Error::InvalidAddress,
        ),
        (
            AskKey {
                nonce_gpa: NONCE + 4,
                ..good()
            },
            Error::InvalidParameter,
        ),
        (
            AskKey {
                nonce_gpa: 0x2fc8,
                ..good()
            },
            Error::InvalidParameter,
        ),
        (
            AskKey {
                result_size: 0x54f,
                ..good()
            },
            Error::ResultSize(0x550),
        ),
        (
            AskKey {
                result_gpa: 0x9000,
                ..good()
            },
            Error::InvalidAddress,
        ),
        (
            AskKey {
                result_gpa: u64::MAX - 0xfff,
                ..good()
            },
            Error::InvalidAddress,
        ),
        (
            AskKey {
                result_gpa: RESULT + 8,
                ..good()
            },
            Error::InvalidParameter,
        ),
    ];
    for (ask, error) in bad {
        assert_eq!(ask.once(&service, &machine).result, Err(error));
        assert!(machine.writes.lock().unwrap().is_empty());
    }
}
