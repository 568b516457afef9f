//! Describing one object as changes to another.
//!
//! The base is cut into blocks of sixteen bytes, which are found again in the target by a rolling hash; each find is grown as far as
//! it goes in both directions. What is not found is inserted as it is.

/// Bytes in a block. A shorter match would hardly pay for its copy instruction.
const BLOCK: usize = 16;
/// Blocks with one hash that are tried at each place.
const MAX_CANDIDATES: usize = 32;
/// Blocks in one chain that are looked at, whatever their hash: a base can be made so that they all share one.
const MAX_STEPS: usize = 64;
/// A match of this length is good enough to look no further.
const LONG_MATCH: usize = 2048;
/// The longest copy that one instruction of a version 2 pack holds.
const MAX_COPY: usize = 0x1_0000;
/// The longest insert of one instruction.
const MAX_INSERT: usize = 127;
/// Of the rolling hash.
const FACTOR: u32 = 0x0100_0193;

/// A base, prepared for looking things up in it.
pub(crate) struct Index {
    heads: Vec<u32>,
    blocks: Vec<Block>,
    /// Bits of a hash that are not used for its slot.
    shift: u32,
}

/// A block in a chain of those that share a slot.
#[derive(Clone, Copy, Default)]
struct Block {
    /// The whole hash, so that most others are passed over without a look at the base.
    hash: u32,
    /// The next in the chain, counted from 1.
    next: u32,
}

impl Index {
    /// Prepares a base.
    pub(crate) fn new(base: &[u8]) -> Self {
        let blocks = base.chunks_exact(BLOCK).len();
        let size = blocks.saturating_mul(2).next_power_of_two().clamp(16, 1 << 24);
        let mut index = Self {
            heads: vec![0; size],
            blocks: vec![Block::default(); blocks],
            shift: u32::BITS - size.trailing_zeros(),
        };
        // From the end, so that the first of equal blocks is found first.
        for (number, block) in base.chunks_exact(BLOCK).enumerate().rev() {
            let hash = hash(block);
            let slot = index.slot(hash);
            let (Some(head), Some(block)) = (index.heads.get_mut(slot), index.blocks.get_mut(number)) else {
                continue;
            };
            *block = Block { hash, next: *head };
            *head = u32::try_from(number + 1).unwrap_or_default();
        }
        index
    }

    /// Bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        (self.heads.len() + 2 * self.blocks.len()) * 4
    }

    fn slot(&self, hash: u32) -> usize {
        usize::try_from(hash.wrapping_mul(0x9e37_79b1) >> self.shift).unwrap_or_default()
    }

    /// Where in the base the longest match for the start of `target` is, and how long it is.
    fn longest(&self, base: &[u8], target: &[u8], hash: u32) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        let mut number = self.heads.get(self.slot(hash)).copied().unwrap_or_default();
        let mut left = MAX_CANDIDATES;
        for _ in 0..MAX_STEPS {
            if number == 0 || left == 0 {
                break;
            }
            let at = usize::try_from(number - 1).unwrap_or(usize::MAX);
            let Some(block) = self.blocks.get(at) else { break };
            if block.hash == hash {
                left -= 1;
                let start = at * BLOCK;
                let length = common(base.get(start..).unwrap_or_default(), target);
                if length >= BLOCK && best.is_none_or(|(_, longest)| length > longest) {
                    best = Some((start, length));
                    if length >= LONG_MATCH {
                        break;
                    }
                }
            }
            number = block.next;
        }
        best
    }
}

fn hash(block: &[u8]) -> u32 {
    block.iter().fold(0, |hash: u32, byte| hash.wrapping_mul(FACTOR).wrapping_add(u32::from(*byte)))
}

/// How many bytes two slices share at their start.
fn common(a: &[u8], b: &[u8]) -> usize {
    let (mut length, word) = (0, 8);
    for (a, b) in a.chunks_exact(word).zip(b.chunks_exact(word)) {
        if a != b {
            break;
        }
        length += word;
    }
    let rest = a.get(length..).unwrap_or_default().iter().zip(b.get(length..).unwrap_or_default());
    length + rest.take_while(|(a, b)| a == b).count()
}

/// The delta that makes `target` of `base`; nothing if it would be longer than `limit`.
pub(crate) fn create(index: &Index, base: &[u8], target: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(limit.min(target.len()).min(4096));
    put_size(&mut out, base.len());
    put_size(&mut out, target.len());
    // What the first byte of a block contributes to its hash.
    let out_factor = (1..BLOCK).fold(1_u32, |factor, _| factor.wrapping_mul(FACTOR));
    let mut pending = 0;
    let mut at = 0;
    let mut rolling = target.get(..BLOCK).map(hash);
    while let (Some(hash_here), Some(rest)) = (rolling, target.get(at..)) {
        if out.len() + at - pending > limit {
            return None;
        }
        if let Some((mut start, mut length)) = index.longest(base, rest, hash_here) {
            while at > pending && start > 0 && base.get(start - 1) == target.get(at - 1) {
                (at, start, length) = (at - 1, start - 1, length + 1);
            }
            put_insert(&mut out, target.get(pending..at)?);
            put_copy(&mut out, start, length);
            at += length;
            pending = at;
            rolling = target.get(at..at + BLOCK).map(hash);
        } else {
            rolling = match (target.get(at), target.get(at + BLOCK)) {
                (Some(first), Some(last)) => {
                    let without = hash_here.wrapping_sub(u32::from(*first).wrapping_mul(out_factor));
                    Some(without.wrapping_mul(FACTOR).wrapping_add(u32::from(*last)))
                }
                _ => None,
            };
            at += 1;
        }
    }
    put_insert(&mut out, target.get(pending..)?);
    (out.len() <= limit).then_some(out)
}

fn low_byte(value: usize) -> u8 {
    u8::try_from(value & 0xff).unwrap_or_default()
}

fn put_size(out: &mut Vec<u8>, mut size: usize) {
    while size >= 0x80 {
        out.push(low_byte(size) | 0x80);
        size >>= 7;
    }
    out.push(low_byte(size));
}

fn put_insert(out: &mut Vec<u8>, bytes: &[u8]) {
    for part in bytes.chunks(MAX_INSERT) {
        out.push(low_byte(part.len()));
        out.extend_from_slice(part);
    }
}

fn put_copy(out: &mut Vec<u8>, mut start: usize, mut length: usize) {
    while length > 0 {
        let now = length.min(MAX_COPY);
        let head = out.len();
        let mut code = 0x80_u8;
        out.push(code);
        for byte in 0..4 {
            let value = low_byte(start >> (8 * byte));
            if value != 0 {
                out.push(value);
                code |= 1 << byte;
            }
        }
        // A full copy of 64 KiB is written as none.
        let size = if now == MAX_COPY { 0 } else { now };
        for byte in 0..2 {
            let value = low_byte(size >> (8 * byte));
            if value != 0 {
                out.push(value);
                code |= 0x10 << byte;
            }
        }
        if let Some(first) = out.get_mut(head) {
            *first = code;
        }
        start += now;
        length -= now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reading of the format that shares nothing with the writing.
    fn apply(base: &[u8], delta: &[u8]) -> Vec<u8> {
        let mut at = 0;
        let mut size = || {
            let (mut value, mut shift) = (0_usize, 0);
            loop {
                let byte = delta[at];
                at += 1;
                value |= usize::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    return value;
                }
            }
        };
        assert_eq!(size(), base.len());
        let wanted = size();
        let mut out = Vec::new();
        while at < delta.len() {
            let code = delta[at];
            at += 1;
            if code & 0x80 == 0 {
                assert!(code > 0);
                out.extend_from_slice(&delta[at..at + usize::from(code)]);
                at += usize::from(code);
                continue;
            }
            let mut fields = [0_usize; 7];
            for (bit, field) in fields.iter_mut().enumerate() {
                if code & (1 << bit) != 0 {
                    *field = usize::from(delta[at]);
                    at += 1;
                }
            }
            let start = fields[0] | fields[1] << 8 | fields[2] << 16 | fields[3] << 24;
            let length = fields[4] | fields[5] << 8 | fields[6] << 16;
            out.extend_from_slice(&base[start..start + if length == 0 { 0x1_0000 } else { length }]);
        }
        assert_eq!(out.len(), wanted);
        out
    }

    fn check(base: &[u8], target: &[u8]) -> usize {
        let delta = create(&Index::new(base), base, target, usize::MAX).expect("no limit");
        assert_eq!(apply(base, &delta), target);
        delta.len()
    }

    #[test]
    fn small_changes_make_small_deltas() {
        let base: Vec<u8> =
            (0..20_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let mut target = base.clone();
        target.splice(40_000..40_010, *b"something else");
        assert!(check(&base, &target) < 60);
        assert!(check(&base, &base) < 20);
        let moved = [&base[50_000..], &base[..50_000]].concat();
        assert!(check(&base, &moved) < 40);
        check(&base, b"");
        check(b"", &base);
        assert!(create(&Index::new(b""), b"", &base, 1000).is_none());
    }

    proptest! {
        #[test]
        fn what_is_described_comes_back(
            base in proptest::collection::vec(0_u8..4, 0..2000),
            edits in proptest::collection::vec((0_usize..2000, 0_usize..50, proptest::collection::vec(0_u8..4, 0..40)), 0..6),
        ) {
            let mut target = base.clone();
            for (start, length, bytes) in edits {
                let start = start.min(target.len());
                let end = (start + length).min(target.len());
                target.splice(start..end, bytes);
            }
            check(&base, &target);
        }
    }
}
