//! The protocol's calls (its section 1).

use crate::error::Error;
use crate::evidence::LastEvidence;
use crate::hash::ALGORITHMS;
use crate::host::{Host, Lock};
use crate::key::Key;
use crate::key_request::KeyRequest;
use crate::measure_request::MeasureRequest;
use crate::protocol::{CANCEL, GET_KEY, MEASURE, MOST_BYTES, MOST_RANGES, NEWEST_VERSION, QUERY};
use crate::record;
use crate::session::Session;
use crate::sessions::Sessions;

/// Arguments and results of a call.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Registers {
    /// Address of a request, then size of the result.
    pub rcx: u64,
    /// Result alone: bytes measured, or what an error is about.
    pub rdx: u64,
    /// Result alone, of QUERY.
    pub r8: u64,
}

/// What the protocol knows between calls.
pub struct Service<H: Host> {
    pub(crate) key: Key,
    sessions: H::Lock<Sessions>,
    /// Counter of the last record.
    pub(crate) counter: H::Lock<u64>,
    evidence: H::Lock<LastEvidence>,
}

impl<H: Host> Service<H> {
    /// Start, with the key of this start.
    pub fn new(key: Key) -> Self {
        Self {
            key,
            sessions: Lock::new(Sessions::new()),
            counter: Lock::new(0),
            evidence: Lock::new(LastEvidence::none()),
        }
    }

    /// Do one call.
    ///
    /// # Errors
    ///
    /// `RAX` is [`Error::code`]; `registers` are already as they have to be.
    pub fn call(&self, host: &H, call: u32, registers: &mut Registers) -> Result<(), Error> {
        let result = match call {
            QUERY => {
                query(registers);
                Ok(())
            }
            GET_KEY => self.get_key(host, registers),
            MEASURE => self.measure(host, registers),
            CANCEL => self.cancel(host, registers),
            _ => Err(Error::UnsupportedCall),
        };
        if let Err(Some(detail)) = result.map_err(Error::detail) {
            registers.rdx = detail;
        }
        result
    }

    fn get_key(&self, host: &H, registers: &mut Registers) -> Result<(), Error> {
        let request = KeyRequest::read(host, registers.rcx)?;
        // Others wait: the same request is to have the same answer, whoever makes it.
        self.evidence.with(|last| {
            let evidence = last.get(host, &self.key, &request.nonce, request.certificates)?;
            request.result.check(host, evidence.len())?;
            host.write(request.result.gpa, evidence)?;
            registers.rcx = evidence.len() as u64;
            Ok(())
        })
    }

    fn measure(&self, host: &H, registers: &mut Registers) -> Result<(), Error> {
        let request = MeasureRequest::read(host, registers.rcx)?;
        match request.session() {
            0 => self.start(host, &request, registers),
            number => self.go_on(host, number, registers),
        }
    }

    /// The first call of a measurement, often the only one.
    fn start(
        &self,
        host: &H,
        request: &MeasureRequest,
        registers: &mut Registers,
    ) -> Result<(), Error> {
        let mut session = Session::new(request.measurement(host)?);
        session.advance(host)?;
        if session.is_done() {
            return self.finish(host, &session, registers);
        }
        let done = session.done;
        let number = self.sessions.with(|sessions| sessions.add(session))?;
        if let Err(error) = request.write_session(host, number) {
            self.sessions.with(|sessions| sessions.end(number));
            return Err(error);
        }
        registers.rdx = done;
        Err(Error::Incomplete)
    }

    /// A later call.
    fn go_on(&self, host: &H, number: u64, registers: &mut Registers) -> Result<(), Error> {
        let mut session = self.sessions.with(|sessions| sessions.take(number))?;
        let ended = match session.advance(host) {
            Ok(()) if !session.is_done() => {
                let done = session.done;
                self.sessions
                    .with(|sessions| sessions.give_back(number, session))?;
                registers.rdx = done;
                return Err(Error::Incomplete);
            }
            Ok(()) => self.finish(host, &session, registers),
            Err(error) => Err(error),
        };
        self.sessions.with(|sessions| sessions.end(number));
        ended
    }

    /// Sign and write the record.
    fn finish(&self, host: &H, session: &Session, registers: &mut Registers) -> Result<(), Error> {
        let measurement = &session.measurement;
        // Others wait: a counter is in one record, and a record that cannot be written takes none.
        self.counter.with(|last| {
            let counter = last.checked_add(1).ok_or(Error::Resources)?;
            let record = record::make(&self.key, measurement, counter)?;
            host.write(measurement.result.gpa, &record)?;
            *last = counter;
            registers.rcx = record.len() as u64;
            registers.rdx = measurement.total;
            Ok(())
        })
    }

    fn cancel(&self, host: &H, registers: &Registers) -> Result<(), Error> {
        let number = MeasureRequest::read(host, registers.rcx)?.session();
        self.sessions.with(|sessions| sessions.cancel(number))
    }
}

/// What is offered.
fn query(registers: &mut Registers) {
    registers.rcx = NEWEST_VERSION.into();
    registers.rdx = u64::from(MOST_BYTES) << 32 | u64::from(MOST_RANGES);
    registers.r8 = ALGORITHMS;
}
