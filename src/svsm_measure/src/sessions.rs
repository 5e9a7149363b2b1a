//! Sessions that wait for their next call.

use crate::error::Error;
use crate::protocol::MOST_SESSIONS;
use crate::session::Session;

/// The sessions that there are. One that a processor works on is away, and keeps its slot.
#[derive(Debug)]
pub(crate) struct Sessions {
    slots: [Option<Slot>; MOST_SESSIONS],
    /// Numbers given out; also the time by which slots were used.
    last_number: u64,
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    number: u64,
    used: u64,
    session: Option<Session>,
}

impl Sessions {
    /// None.
    pub(crate) const fn new() -> Self {
        Self {
            slots: [const { None }; MOST_SESSIONS],
            last_number: 0,
            clock: 0,
        }
    }

    /// Keep a new session, in place of the one that was used least recently if there is no room.
    ///
    /// Returns its number, which no other session ever has.
    pub(crate) fn add(&mut self, session: Session) -> Result<u64, Error> {
        let number = self.last_number.checked_add(1).ok_or(Error::Resources)?;
        let used = self.tick();
        let oldest = self
            .slots
            .iter_mut()
            .min_by_key(|slot| slot.as_ref().map_or(0, |slot| slot.used));
        *oldest.ok_or(Error::Resources)? = Some(Slot {
            number,
            used,
            session: Some(session),
        });
        self.last_number = number;
        Ok(number)
    }

    /// Take a session to work on it.
    pub(crate) fn take(&mut self, number: u64) -> Result<Session, Error> {
        let used = self.tick();
        let slot = self.find(number)?.as_mut().ok_or(Error::Session)?;
        let session = slot.session.take().ok_or(Error::Busy)?;
        slot.used = used;
        Ok(session)
    }

    /// Give a session back that is not at its end.
    ///
    /// # Errors
    ///
    /// It was dropped meanwhile, to make room.
    pub(crate) fn give_back(&mut self, number: u64, session: Session) -> Result<(), Error> {
        let slot = self.find(number)?.as_mut().ok_or(Error::Session)?;
        slot.session = Some(session);
        Ok(())
    }

    /// Forget a session that was taken and is at its end.
    pub(crate) fn end(&mut self, number: u64) {
        if let Ok(slot) = self.find(number) {
            *slot = None;
        }
    }

    /// Drop a session that nobody works on.
    pub(crate) fn cancel(&mut self, number: u64) -> Result<(), Error> {
        let slot = self.find(number)?;
        match slot {
            Some(Slot { session: None, .. }) => Err(Error::Busy),
            _ => {
                *slot = None;
                Ok(())
            }
        }
    }

    fn find(&mut self, number: u64) -> Result<&mut Option<Slot>, Error> {
        self.slots
            .iter_mut()
            .find(|slot| slot.as_ref().is_some_and(|slot| slot.number == number))
            .ok_or(Error::Session)
    }

    fn tick(&mut self) -> u64 {
        self.clock = self.clock.saturating_add(1);
        self.clock
    }
}
