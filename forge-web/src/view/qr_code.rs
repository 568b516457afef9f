//! A picture that a phone reads, drawn as one path.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode as Drawn};

/// Light modules around the picture, as readers need them.
const QUIET: usize = 4;

/// A picture that a phone reads.
#[derive(Debug, Clone)]
pub struct QrCode {
    /// Modules on each side, with the quiet zone.
    pub size: usize,
    /// The dark modules, as the `d` of an SVG path.
    pub path: String,
}

impl QrCode {
    /// Draws a text.
    pub fn of(text: &str) -> Result<Self, qrcode::types::QrError> {
        let drawn = Drawn::with_error_correction_level(text, EcLevel::M)?;
        let width = drawn.width().max(1);
        let colours = drawn.to_colors();
        let mut path = String::new();
        for (y, row) in colours.chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, other| one == other) {
                if run.first() == Some(&Color::Dark) {
                    let (left, top, length) = (x + QUIET, y + QUIET, run.len());
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
                }
                x += run.len();
            }
        }
        Ok(Self { size: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_the_corner_that_readers_look_for() {
        let picture = QrCode::of("otpauth://totp/Forge:a-shah?secret=MZXW6YTB&issuer=Forge").unwrap();
        assert!(picture.path.starts_with("M4 4h7v1h-7z"), "{}", picture.path);
        assert!(picture.size >= 29 + 8);
        assert!(picture.path.bytes().all(|byte| byte.is_ascii_digit() || b"Mhvz -".contains(&byte)));
    }
}
