//! Points of pictures: chosen by pointing, which works without scripts, or by two numbers.

use forge_app::{NewAnchor, Read, RepoAccess};
use forge_core::merge_request::thread::Side;
use serde::Deserialize;

use crate::error::Failure;
use crate::extract::Ctx;
use crate::handler::repo::rendered::{self, Sides};
use crate::page::item::PickedPicture;
use crate::view::Rendered;

/// The widest that a picture is shown for pointing at it.
const WIDEST: u32 = 640;
/// The highest.
const HIGHEST: u32 = 1_280;

/// What the address says of a point. A browser adds `at.x` and `at.y`, in pixels of the picture as it is shown.
#[derive(Deserialize, Default)]
pub(super) struct PointQuery {
    point: Option<String>,
    #[serde(rename = "at.x")]
    at_x: Option<String>,
    #[serde(rename = "at.y")]
    at_y: Option<String>,
    width: Option<String>,
    height: Option<String>,
}

impl PointQuery {
    /// Whether a point is asked for.
    pub(super) fn is_asked(&self) -> bool {
        self.point.is_some()
    }

    /// The point that was pointed at, in per cent; empty where nothing was.
    pub(super) fn chosen(&self) -> (String, String) {
        let share = |at: &Option<String>, whole: &Option<String>| -> Option<String> {
            let (at, whole): (u32, u32) = (at.as_ref()?.parse().ok()?, whole.as_ref()?.parse().ok()?);
            let tenths = u64::from(at.min(whole)) * 1000 / u64::from(whole.max(1));
            Some(shown(u16::try_from(tenths).ok()?))
        };
        let both = share(&self.at_x, &self.width).zip(share(&self.at_y, &self.height));
        both.unwrap_or_default()
    }
}

/// Tenths of a per cent, as in `12.5`.
pub(super) fn shown(tenths: u16) -> String {
    if tenths.is_multiple_of(10) {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// Reads both numbers of a form; nothing if both are empty.
pub(super) fn of_form(x: &str, y: &str) -> Result<Option<(u16, u16)>, Failure> {
    if x.trim().is_empty() && y.trim().is_empty() {
        return Ok(None);
    }
    let bad =
        || Failure::bad_request("Give a point of the picture as two numbers from 0 to 100, such as 12.5.");
    Ok(Some((tenths(x).ok_or_else(bad)?, tenths(y).ok_or_else(bad)?)))
}

fn tenths(text: &str) -> Option<u16> {
    let text = text.trim().trim_end_matches('%').trim_end();
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    if !rest.bytes().all(|byte| byte.is_ascii_digit()) || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let tenth = rest.get(..1).unwrap_or("0").parse::<u16>().ok()?;
    let all = whole.parse::<u16>().ok()?.checked_mul(10)?.checked_add(tenth)?;
    (all <= 1000).then_some(all)
}

/// The picture that a comment is about, sized for pointing at it; nothing if it is none.
pub(super) async fn picture(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    anchor: &NewAnchor,
) -> Result<Option<PickedPicture>, Failure> {
    let conversation = ctx.app().merge_request(access, number).await?;
    let version = conversation.version(anchor.version).ok_or_else(Failure::not_found)?;
    let Some(path) = anchor.path.clone() else { return Ok(None) };
    let commit = match anchor.side {
        Side::Old => version.base,
        Side::New => version.head,
    };
    let code = ctx.app().code(access).await?;
    let sides = Sides::read(&code, None, (commit, path)).await?;
    let Rendered::Picture(found) = rendered::rendered(ctx, &access.repo().path, sides).await? else {
        return Ok(None);
    };
    let Some(side) = found.new else { return Ok(None) };
    let (width, height) = side.size.map(fitted).unwrap_or_default();
    let part = |tenths: u16, whole: u32| whole * u32::from(tenths) / 1000;
    Ok(Some(PickedPicture {
        url: side.url,
        width,
        height,
        about: side.about,
        chosen: anchor.point.map(|(x, y)| (part(x, width), part(y, height))),
    }))
}

/// The size at which a picture is shown: its own, or smaller so that it fits.
fn fitted((width, height): (u32, u32)) -> (u32, u32) {
    let (width, height) = (u64::from(width), u64::from(height));
    let scaled = |width: u64, height: u64, most: u64| {
        if width > most { (most, (height * most / width).max(1)) } else { (width, height) }
    };
    let (width, height) = scaled(width, height, u64::from(WIDEST));
    let (height, width) = scaled(height, width, u64::from(HIGHEST));
    let number = |length: u64| u32::try_from(length).unwrap_or(HIGHEST);
    (number(width), number(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_are_a_point() {
        let of = |x: &str, y: &str| of_form(x, y).ok();
        assert_eq!(of("", " "), Some(None));
        assert_eq!(of("12.5", "100"), Some(Some((125, 1000))));
        assert_eq!(of("0", "7.25%"), Some(Some((0, 72))));
        for bad in ["-1", "100.1", "1e2", "x", "101", "12.x", "99999999999", ""] {
            assert_eq!(of(bad, "1"), None, "{bad}");
        }
        assert_eq!((shown(125), shown(1000), shown(7)), ("12.5".into(), "100".into(), "0.7".into()));
    }

    #[test]
    fn pointing_is_a_share_of_what_is_shown() {
        let query = |x: &str, y: &str, width: &str, height: &str| PointQuery {
            point: Some("1".into()),
            at_x: Some(x.into()),
            at_y: Some(y.into()),
            width: Some(width.into()),
            height: Some(height.into()),
        };
        assert_eq!(query("320", "60", "640", "480").chosen(), ("50".into(), "12.5".into()));
        assert_eq!(query("9999", "0", "640", "480").chosen(), ("100".into(), "0".into()));
        for odd in [query("x", "1", "640", "480"), query("1", "1", "", "480"), PointQuery::default()] {
            assert_eq!(odd.chosen(), (String::new(), String::new()));
        }
        assert_eq!(query("0", "0", "0", "0").chosen(), ("0".into(), "0".into()));
    }

    #[test]
    fn pictures_fit() {
        assert_eq!(fitted((640, 480)), (640, 480));
        assert_eq!(fitted((6400, 480)), (640, 48));
        assert_eq!(fitted((640, 6400)), (128, 1280));
        assert_eq!(fitted((u32::MAX, 1)), (640, 1));
    }
}
