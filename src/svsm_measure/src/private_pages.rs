//! Which pages of the guest are private.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::protocol::PAGE_SIZE;

/// Pages of a chunk: 128 MiB, which a bitmap of 4 KiB describes.
const CHUNK_PAGES: u64 = 1 << CHUNK_SHIFT;
const CHUNK_SHIFT: u32 = 15;
const WORDS: usize = 512;
/// Most chunks of which only a part is private: 2 MiB of bitmaps. A guest could have one for each
/// 128 MiB of its memory, and fill the SVSM's with them.
const MOST_BITMAPS: usize = 512;

type Bitmap = Box<[u64; WORDS]>;

/// The pages that the guest has as private memory.
///
/// Where there is no memory to take note of a page, it counts as not private: nothing is ever
/// private here that the guest does not have.
#[derive(Debug, Default)]
pub struct PrivatePages {
    /// Chunks of which something is private, by their number.
    chunks: Vec<Chunk>,
    bitmaps: usize,
}

#[derive(Debug)]
struct Chunk {
    number: u64,
    /// None if all pages are private.
    bitmap: Option<Bitmap>,
}

/// Pages of one chunk.
#[derive(Clone, Copy)]
struct Part {
    chunk: u64,
    first: u64,
    /// The last page, of the chunk's 32768.
    last: u64,
}

impl Part {
    fn is_whole(self) -> bool {
        self.first == 0 && self.last == CHUNK_PAGES.saturating_sub(1)
    }
}

impl PrivatePages {
    /// None is private.
    pub const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            bitmaps: 0,
        }
    }

    /// Note that the guest has all pages with any of `length` bytes from `gpa` on.
    pub fn add(&mut self, gpa: u64, length: u64) {
        for part in parts(gpa, length) {
            // Without memory it stays as it is, not private.
            let _ = self.add_part(part);
        }
    }

    /// Note that the guest has none of the pages with any of `length` bytes from `gpa` on.
    pub fn remove(&mut self, gpa: u64, length: u64) {
        for part in parts(gpa, length) {
            self.remove_part(part);
        }
    }

    /// Whether the guest has all pages with any of `length` bytes from `gpa` on. What wraps it has not.
    pub fn contains(&self, gpa: u64, length: u64) -> bool {
        let wraps = length > 0 && gpa.checked_add(length.saturating_sub(1)).is_none();
        !wraps && parts(gpa, length).all(|part| self.contains_part(part))
    }

    /// None if there is no memory for it.
    fn add_part(&mut self, part: Part) -> Option<()> {
        let place = match self.find(part.chunk) {
            Ok(place) => place,
            Err(place) => {
                self.insert(place, part)?;
                place
            }
        };
        let chunk = self.chunks.get_mut(place)?;
        let Some(bitmap) = &mut chunk.bitmap else {
            return Some(());
        };
        for (word, mask) in masks(bitmap, part) {
            *word |= mask;
        }
        if bitmap.iter().all(|word| *word == u64::MAX) {
            chunk.bitmap = None;
            self.bitmaps = self.bitmaps.saturating_sub(1);
        }
        Some(())
    }

    /// A chunk without private pages, or with all if all are about to be added.
    fn insert(&mut self, place: usize, part: Part) -> Option<()> {
        self.chunks.try_reserve(1).ok()?;
        let bitmap = if part.is_whole() {
            None
        } else {
            Some(self.new_bitmap(0)?)
        };
        let number = part.chunk;
        self.chunks.insert(place, Chunk { number, bitmap });
        Some(())
    }

    fn remove_part(&mut self, part: Part) {
        let Ok(place) = self.find(part.chunk) else {
            return;
        };
        if part.is_whole() || self.clear(place, part).is_none() {
            self.forget(place);
        }
    }

    /// Clear pages of a chunk. None if none are left, or there is no memory to say which are.
    fn clear(&mut self, place: usize, part: Part) -> Option<()> {
        if self.chunks.get(place)?.bitmap.is_none() {
            let full = self.new_bitmap(u64::MAX)?;
            self.chunks.get_mut(place)?.bitmap = Some(full);
        }
        let bitmap = self.chunks.get_mut(place)?.bitmap.as_mut()?;
        for (word, mask) in masks(bitmap, part) {
            *word &= !mask;
        }
        bitmap.iter().any(|word| *word != 0).then_some(())
    }

    fn forget(&mut self, place: usize) {
        if place < self.chunks.len() && self.chunks.remove(place).bitmap.is_some() {
            self.bitmaps = self.bitmaps.saturating_sub(1);
        }
    }

    fn contains_part(&self, part: Part) -> bool {
        let chunk = self.find(part.chunk).ok();
        match chunk.and_then(|place| self.chunks.get(place)) {
            None => false,
            Some(Chunk { bitmap: None, .. }) => true,
            Some(Chunk {
                bitmap: Some(bitmap),
                ..
            }) => bitmap
                .iter()
                .zip(0..)
                .all(|(word, index)| !word & mask(index, part) == 0),
        }
    }

    /// Place of a chunk, or where it would be.
    fn find(&self, number: u64) -> Result<usize, usize> {
        self.chunks
            .binary_search_by_key(&number, |chunk| chunk.number)
    }

    fn new_bitmap(&mut self, word: u64) -> Option<Bitmap> {
        if self.bitmaps >= MOST_BITMAPS {
            return None;
        }
        let mut words = Vec::new();
        words.try_reserve_exact(WORDS).ok()?;
        words.resize(WORDS, word);
        let bitmap = words.into_boxed_slice().try_into().ok()?;
        self.bitmaps = self.bitmaps.saturating_add(1);
        Some(bitmap)
    }
}

/// The chunks' parts that pages with any of the bytes are in.
fn parts(gpa: u64, length: u64) -> impl Iterator<Item = Part> {
    let last_byte = gpa.saturating_add(length.saturating_sub(1));
    let page_shift = PAGE_SIZE.trailing_zeros();
    let (first, last) = (gpa >> page_shift, last_byte >> page_shift);
    let (first_chunk, last_chunk) = (first >> CHUNK_SHIFT, last >> CHUNK_SHIFT);
    let end = if length == 0 {
        first_chunk
    } else {
        last_chunk.saturating_add(1)
    };
    let within = |page: u64| page & CHUNK_PAGES.saturating_sub(1);
    (first_chunk..end).map(move |chunk| Part {
        chunk,
        first: if chunk == first_chunk {
            within(first)
        } else {
            0
        },
        last: if chunk == last_chunk {
            within(last)
        } else {
            CHUNK_PAGES.saturating_sub(1)
        },
    })
}

/// Words of a bitmap that have pages of a part, with the bits of these.
fn masks(bitmap: &mut Bitmap, part: Part) -> impl Iterator<Item = (&mut u64, u64)> {
    bitmap
        .iter_mut()
        .zip(0..)
        .map(move |(word, index)| (word, mask(index, part)))
        .filter(|(_, mask)| *mask != 0)
}

/// Bits of a part's pages in the bitmap's word with this index.
fn mask(index: u64, part: Part) -> u64 {
    let start = index << 6;
    let end = start | 63;
    if part.last < start || part.first > end {
        return 0;
    }
    let low = part.first.saturating_sub(start);
    let high = end.saturating_sub(part.last.min(end));
    // Both are less than 64.
    (u64::MAX << (low & 63)) & (u64::MAX >> (high & 63))
}
