//! The map of private pages, against a set of pages.

use std::collections::BTreeSet;
use std::vec::Vec;

use proptest::prelude::*;

use crate::PrivatePages;

const CHUNK: u64 = 128 << 20;

fn pages(gpa: u64, length: u64) -> impl Iterator<Item = u64> {
    (gpa / 4096)..(gpa + length).div_ceil(4096)
}

#[test]
fn at_first_nothing_is_private() {
    let map = PrivatePages::new();
    assert!(!map.contains(0, 1));
    assert!(map.contains(0, 0));
}

#[test]
fn a_page_is_private_as_a_whole() {
    let mut map = PrivatePages::new();
    map.add(0x5000, 4096);
    assert!(map.contains(0x5000, 4096) && map.contains(0x5fff, 1));
    assert!(!map.contains(0x4fff, 1) && !map.contains(0x5fff, 2));
    map.remove(0x5fff, 1);
    assert!(!map.contains(0x5000, 1));
}

#[test]
fn ranges_cross_chunks() {
    let mut map = PrivatePages::new();
    map.add(CHUNK - 4096, 3 * CHUNK);
    assert!(map.contains(CHUNK - 4096, 3 * CHUNK));
    assert!(!map.contains(CHUNK - 4096, 3 * CHUNK + 1));
    map.remove(2 * CHUNK, 4096);
    assert!(!map.contains(CHUNK, 2 * CHUNK));
    assert!(map.contains(CHUNK, CHUNK) && map.contains(2 * CHUNK + 4096, CHUNK - 4096));
}

#[test]
fn addresses_do_not_wrap() {
    let mut map = PrivatePages::new();
    map.add(0, CHUNK);
    map.add(u64::MAX - CHUNK + 1, CHUNK);
    assert!(map.contains(u64::MAX, 1) && map.contains(0, 1));
    assert!(!map.contains(u64::MAX, 2));
}

#[test]
fn without_room_for_bitmaps_pages_count_as_not_private() {
    let mut map = PrivatePages::new();
    let chunks: Vec<_> = (0..600).map(|number| number * CHUNK).collect();
    for chunk in &chunks {
        map.add(*chunk, 4096);
    }
    let noted = chunks.iter().filter(|chunk| map.contains(**chunk, 4096));
    assert_eq!(noted.count(), 512);
    // Whole chunks need no bitmap, and taking a page from one needs one that is not there.
    map.add(700 * CHUNK, CHUNK);
    assert!(map.contains(700 * CHUNK, CHUNK));
    map.remove(700 * CHUNK, 4096);
    assert!(!map.contains(700 * CHUNK + 4096, 4096));
    // What is filled gives its bitmap back.
    map.add(0, CHUNK);
    map.add(700 * CHUNK, 4096);
    assert!(map.contains(700 * CHUNK, 4096));
}

fn changes() -> impl Strategy<Value = Vec<(bool, u64, u64)>> {
    let places = prop_oneof![0..16_u64, 32_750..32_790_u64, 65_520..65_550_u64];
    let lengths = prop_oneof![1..3_u64, 500..520_u64, 32_760..32_770_u64];
    prop::collection::vec((any::<bool>(), places, lengths), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn it_is_the_same_as_a_set_of_pages(
        changes in changes(),
        gpa in 0..(3 * CHUNK),
        length in 1..CHUNK,
    ) {
        let (mut map, mut set) = (PrivatePages::new(), BTreeSet::new());
        for (add, page, count) in changes {
            let (gpa, length) = (page * 4096, count * 4096);
            if add {
                map.add(gpa, length);
                set.extend(pages(gpa, length));
            } else {
                map.remove(gpa, length);
                pages(gpa, length).for_each(|page| { set.remove(&page); });
            }
        }
        prop_assert_eq!(map.contains(gpa, length), pages(gpa, length).all(|page| set.contains(&page)));
        for page in (0..20).chain(32_740..32_800).chain(33_260..33_320).chain(65_500..65_600) {
            prop_assert_eq!(map.contains(page * 4096, 4096), set.contains(&page), "page {}", page);
        }
    }
}
