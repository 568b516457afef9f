//! Applies deltas: recipes that make an object of parts of another.

use crate::{Error, Result};

/// The sizes that stand at the front of a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) base: u64,
    pub(super) result: u64,
}

/// Reads the sizes and leaves the instructions.
pub(super) fn sizes(delta: &[u8]) -> Result<(Sizes, &[u8])> {
    let (base, rest) = size(delta)?;
    let (result, rest) = size(rest)?;
    Ok((Sizes { base, result }, rest))
}

fn size(bytes: &[u8]) -> Result<(u64, &[u8])> {
    let mut value = 0_u64;
    let mut rest = bytes;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first().ok_or_else(malformed)?;
        value |= u64::from(byte & 0x7f) << shift;
        rest = after;
        if byte & 0x80 == 0 {
            return Ok((value, rest));
        }
    }
    Err(malformed())
}

/// Makes the object. The sizes must have been checked against the limits before.
pub(super) fn apply(base: &[u8], delta: &[u8]) -> Result<Vec<u8>> {
    let (sizes, mut rest) = sizes(delta)?;
    if u64::try_from(base.len()).ok() != Some(sizes.base) {
        return Err(Error::invalid("a delta is for another base"));
    }
    let wanted = usize::try_from(sizes.result).map_err(|_| malformed())?;
    let mut result = Vec::with_capacity(wanted);
    while let Some((instruction, after)) = rest.split_first() {
        let part = if instruction & 0x80 != 0 {
            let (part, after) = copy(base, *instruction, after)?;
            rest = after;
            part
        } else if *instruction != 0 {
            let (part, after) = after.split_at_checked(usize::from(*instruction)).ok_or_else(malformed)?;
            rest = after;
            part
        } else {
            return Err(malformed());
        };
        if part.len() > wanted.saturating_sub(result.len()) {
            return Err(malformed());
        }
        result.extend_from_slice(part);
    }
    if result.len() == wanted { Ok(result) } else { Err(malformed()) }
}

/// The part of the base that a copy instruction names. Its low bits say which bytes of offset and size follow.
fn copy<'a, 'b>(base: &'a [u8], instruction: u8, arguments: &'b [u8]) -> Result<(&'a [u8], &'b [u8])> {
    let mut rest = arguments;
    let mut next = |bit: u8| -> Result<usize> {
        if instruction & (1 << bit) == 0 {
            return Ok(0);
        }
        let (byte, after) = rest.split_first().ok_or_else(malformed)?;
        rest = after;
        Ok(usize::from(*byte))
    };
    let offset = next(0)? | (next(1)? << 8) | (next(2)? << 16) | (next(3)? << 24);
    let size = next(4)? | (next(5)? << 8) | (next(6)? << 16);
    let size = if size == 0 { 0x1_0000 } else { size };
    let part = offset.checked_add(size).and_then(|end| base.get(offset..end)).ok_or_else(malformed)?;
    Ok((part, rest))
}

fn malformed() -> Error {
    Error::invalid("a delta cannot be applied")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Spells a size as deltas do.
    pub(crate) fn spell(mut size: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while size >= 0x80 {
            bytes.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
            size >>= 7;
        }
        bytes.push(u8::try_from(size).unwrap());
        bytes
    }

    /// Spells a copy instruction.
    pub(crate) fn copy_instruction(offset: usize, size: usize) -> Vec<u8> {
        let mut bytes = vec![0xff];
        bytes.extend_from_slice(&u32::try_from(offset).unwrap().to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(size).unwrap().to_le_bytes()[..3]);
        bytes
    }

    fn delta(base: usize, result: usize, instructions: &[Vec<u8>]) -> Vec<u8> {
        [spell(base), spell(result), instructions.concat()].concat()
    }

    #[test]
    fn copies_and_inserts() {
        let base = b"hello world";
        let recipe = delta(11, 9, &[copy_instruction(6, 5), vec![2, b',', b' '], vec![0x91, 0, 2]]);
        assert_eq!(apply(base, &recipe).unwrap(), b"world, he");
        let whole = vec![5; 0x1_0000];
        assert_eq!(apply(&whole, &delta(0x1_0000, 0x1_0000, &[vec![0x80]])).unwrap(), whole);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let base = b"hello";
        for bad in [
            delta(4, 1, &[vec![1, b'x']]),
            delta(5, 2, &[vec![1, b'x']]),
            delta(5, 1, &[vec![2, b'x', b'y']]),
            delta(5, 1, &[vec![2, b'x']]),
            delta(5, 1, &[vec![0]]),
            delta(5, 3, &[copy_instruction(3, 3)]),
            delta(5, 3, &[copy_instruction(0xffff_ffff, 3)]),
            delta(5, 3, &[vec![0x91, 0]]),
            vec![5],
            vec![0xff; 12],
            vec![],
        ] {
            assert!(matches!(apply(base, &bad), Err(Error::Invalid(_))), "{bad:?}");
        }
    }
}
