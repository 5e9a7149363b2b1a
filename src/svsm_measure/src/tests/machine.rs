//! A machine with guest memory, an SVSM's view of it, and a secure processor.

use std::boxed::Box;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::vec::Vec;

use crate::protocol::{PAGE_SIZE, REPORT_SIZE};
use crate::{Host, Lock, NoReport, Refusal, Report};

/// Where guest memory ends.
pub(super) const END: u64 = 1 << 40;

/// What a test lets happen while the SVSM reads guest memory.
type Meanwhile = Box<dyn FnOnce(&Machine) + Send>;

/// All memory is private memory of the guest, but for what is said.
#[derive(Default)]
pub(super) struct Machine {
    /// What was written, by address. All else has the content that the vectors say.
    memory: Mutex<BTreeMap<u64, u8>>,
    /// Addresses and contents that the SVSM wrote.
    pub(super) writes: Mutex<Vec<(u64, Vec<u8>)>>,
    /// Pages that are not the guest's, or not private.
    pub(super) refused: Mutex<BTreeMap<u64, Refusal>>,
    /// Bytes that the SVSM read.
    pub(super) bytes_read: Mutex<u64>,
    /// What the secure processor is asked for.
    pub(super) reports: Mutex<Vec<([u8; 64], bool)>>,
    /// The host's certificates; none if the secure processor gives no report.
    pub(super) certificates: Mutex<Option<Vec<u8>>>,
    /// What happens at the next read.
    pub(super) meanwhile: Mutex<Option<Meanwhile>>,
}

impl Machine {
    pub(super) fn new() -> Self {
        Self {
            certificates: Mutex::new(Some(Vec::new())),
            ..Self::default()
        }
    }

    /// Write as the guest.
    pub(super) fn set(&self, gpa: u64, bytes: &[u8]) {
        let places = (0..).map(|offset| gpa.wrapping_add(offset));
        let mut memory = self.memory.lock().unwrap();
        memory.extend(places.zip(bytes.iter().copied()));
    }

    /// Read as the guest.
    pub(super) fn get(&self, gpa: u64, size: usize) -> Vec<u8> {
        let memory = self.memory.lock().unwrap();
        (gpa..)
            .take(size)
            .map(|gpa| memory.get(&gpa).copied().unwrap_or(content(gpa)))
            .collect()
    }

    /// Take a page away.
    pub(super) fn refuse(&self, gpa: u64, refusal: Refusal) {
        self.refused
            .lock()
            .unwrap()
            .insert(gpa / PAGE_SIZE, refusal);
    }

    /// The dummy of the vectors.
    pub(super) fn report_of(report_data: &[u8; 64]) -> [u8; REPORT_SIZE] {
        let mut report = [0; REPORT_SIZE];
        for (index, byte) in report.iter_mut().enumerate() {
            *byte = (index * 37 + 11) as u8;
        }
        report[0x50..0x90].copy_from_slice(report_data);
        report
    }
}

/// What is in memory at first.
pub(super) fn content(gpa: u64) -> u8 {
    (gpa.wrapping_mul(131))
        .wrapping_add((gpa >> 12).wrapping_mul(17))
        .wrapping_add(7) as u8
}

impl Host for Machine {
    type Lock<T: Send> = Locked<T>;

    fn check(&self, gpa: u64, length: u64) -> Result<(), Refusal> {
        let end = gpa.checked_add(length).filter(|end| *end <= END);
        let end = end.ok_or(Refusal::NotGuest)?;
        let refused = self.refused.lock().unwrap();
        let pages = refused.range(gpa / PAGE_SIZE..end.div_ceil(PAGE_SIZE));
        let worst = pages
            .map(|(_, refusal)| *refusal)
            .min_by_key(|refusal| match refusal {
                Refusal::NotGuest => 0,
                Refusal::NotPrivate => 1,
                Refusal::Resources => 2,
            });
        worst.map_or(Ok(()), Err)
    }

    fn read(&self, gpa: u64, bytes: &mut [u8]) -> Result<(), Refusal> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile(self);
        }
        self.check(gpa, bytes.len() as u64)?;
        bytes.copy_from_slice(&self.get(gpa, bytes.len()));
        *self.bytes_read.lock().unwrap() += bytes.len() as u64;
        Ok(())
    }

    fn write(&self, gpa: u64, bytes: &[u8]) -> Result<(), Refusal> {
        self.check(gpa, bytes.len() as u64)?;
        self.set(gpa, bytes);
        self.writes.lock().unwrap().push((gpa, bytes.to_vec()));
        Ok(())
    }

    fn report(&self, report_data: &[u8; 64], certificates: bool) -> Result<Report, NoReport> {
        self.reports
            .lock()
            .unwrap()
            .push((*report_data, certificates));
        Ok(Report {
            report: Self::report_of(report_data),
            certificates: self.certificates.lock().unwrap().clone().ok_or(NoReport)?,
        })
    }
}

/// A lock of the standard library.
pub(super) struct Locked<T>(Mutex<T>);

impl<T: Send> Lock<T> for Locked<T> {
    fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut self.0.lock().unwrap())
    }
}
