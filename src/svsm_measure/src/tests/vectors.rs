//! Byte for byte what an independent implementation makes: `src/vectors/vectors.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::string::{String, ToString};
use std::vec::Vec;

use sha2::{Digest, Sha384};

use super::guest::{Ask, RESULT, again, call, service};
use super::machine::{Machine, content};
use crate::Lock;
use crate::protocol::GET_KEY;

type Case = BTreeMap<String, String>;

/// Where requests are laid out here: some cases measure what is at the vectors' own addresses.
const ASIDE: u64 = 0x70_0000_0000;

fn cases() -> BTreeMap<String, Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/vectors.txt");
    let text = fs::read_to_string(path).expect("src/vectors/vectors.txt is beside this crate");
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    let mut name = "";
    for line in text.lines() {
        if let Some(head) = line.strip_prefix('[') {
            name = head.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once(" = ") {
            let case = cases.entry(name.to_string()).or_default();
            case.insert(key.to_string(), value.to_string());
        }
    }
    cases
}

fn bytes(case: &Case, name: &str) -> Vec<u8> {
    let digits = case[name].as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn number(case: &Case, name: &str) -> u64 {
    case[name].parse().unwrap()
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap())
}

/// The case's ranges, or those that the file's head describes.
fn ranges(case: &Case) -> Vec<(u64, u64)> {
    if case.contains_key("ranges") {
        let listed = bytes(case, "ranges");
        let pairs = listed.chunks(16);
        return pairs
            .map(|pair| (word(&pair[..8]), word(&pair[8..])))
            .collect();
    }
    (0..1024)
        .map(|i| (0x4000_0000 + i * 8192 + (i * 7) % 512, 1 + (i * 29) % 300))
        .collect()
}

/// The case's request, moved aside.
fn ask(case: &Case) -> Ask {
    let request = bytes(case, "request");
    let ask = Ask {
        request_gpa: ASIDE,
        nonce_gpa: ASIDE + 0x1000,
        nonce: bytes(case, "nonce").try_into().unwrap(),
        ranges_gpa: ASIDE + 0x2000,
        result_gpa: ASIDE + 0x10000,
        result_size: u32::from_le_bytes(request[0x28..0x2C].try_into().unwrap()),
        algorithm: u16::from_le_bytes(request[0x14..0x16].try_into().unwrap()),
        ..Ask::of(&ranges(case))
    };
    assert_eq!(request[0x10..0x14], (ask.ranges.len() as u32).to_le_bytes());
    ask
}

#[test]
fn memory_is_as_the_vectors_have_it() {
    let memory = &cases()["memory"];
    for (name, gpa) in [("from_0", 0), ("from_12345ff8", 0x1234_5ff8_u64)] {
        let wanted = bytes(memory, name);
        let found: Vec<_> = (gpa..).take(wanted.len()).map(content).collect();
        assert_eq!(found, wanted);
    }
}

#[test]
fn records_are_the_same_to_the_last_byte() {
    let cases = cases();
    let private = bytes(&cases["key"], "private_key");
    let mut seen = 0;
    for (name, case) in cases.iter().filter(|(_, case)| case.contains_key("header")) {
        let service = service(&private);
        let machine = Machine::new();
        service
            .counter
            .with(|last| *last = number(case, "counter") - 1);
        let record = ask(case).all(&service, &machine);
        assert_eq!(record[..0x100], bytes(case, "header"), "{name}");
        assert_eq!(
            record[record.len() - 96..],
            bytes(case, "signature"),
            "{name}"
        );
        let digest: [u8; 48] = Sha384::digest(&record).into();
        assert_eq!(digest.as_slice(), bytes(case, "record_sha384"), "{name}");
        if case.contains_key("record") {
            assert_eq!(record, bytes(case, "record"), "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 10, "only {seen} records in the vectors");
}

#[test]
fn the_buffer_that_a_request_offers_is_just_large_enough() {
    let cases = cases();
    for case in cases.values().filter(|case| case.contains_key("header")) {
        let ask = ask(case);
        assert_eq!(ask.result_size as usize, 0x100 + 16 * ask.ranges.len() + 96);
    }
}

#[test]
fn key_evidence_is_the_same_to_the_last_byte() {
    let cases = cases();
    let private = bytes(&cases["key"], "private_key");
    let evidence = cases
        .iter()
        .filter(|(_, case)| case.contains_key("report_data"));
    let mut seen = 0;
    for (name, case) in evidence {
        let host_table = case.get("host_table").map(|_| bytes(case, "host_table"));
        let machine = Machine::new();
        *machine.certificates.lock().unwrap() = Some(host_table.unwrap_or_default());
        let request = bytes(case, "request");
        machine.set(word(&request[..8]), &bytes(case, "nonce"));
        machine.set(ASIDE, &request);
        let outcome = call(&service(&private), &machine, GET_KEY, ASIDE);
        assert_eq!(outcome.result, Ok(()), "{name}");
        let result = machine.get(word(&request[8..16]), outcome.registers.rcx as usize);
        assert_eq!(result, bytes(case, "evidence"), "{name}");
        let asked = machine.reports.lock().unwrap()[0].0.to_vec();
        assert_eq!(asked, bytes(case, "report_data"), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn repeating_a_measurement_gives_the_next_counter() {
    let machine = Machine::new();
    let service = service(&bytes(&cases()["key"], "private_key"));
    let ask = Ask::of(&[(0, 1)]);
    for counter in 1..4 {
        let record = ask.all(&service, &machine);
        assert_eq!(word(&record[0x10..0x18]), counter);
    }
    assert_eq!(again(ask.request_gpa, &service, &machine).result, Ok(()));
    assert_eq!(machine.get(RESULT + 0x10, 8), 4_u64.to_le_bytes());
}
