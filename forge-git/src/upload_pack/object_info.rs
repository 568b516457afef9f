//! Protocol 2, `object-info`: sizes of objects without the objects.

use std::io::Write;

use super::v2::Arguments;
use super::{UploadPack, WantPolicy, wants};
use crate::objects::Objects;
use crate::pktline::{write_flush, write_line};
use crate::{Error, Result, hash, limits};

/// Reads the arguments and answers. What the asker may not have is not there.
pub(super) fn serve(
    visit: &UploadPack<'_>,
    arguments: &mut Arguments<'_, '_>,
    out: &mut dyn Write,
) -> Result<()> {
    let mut wants_size = false;
    let mut ids = Vec::new();
    while let Some(line) = arguments.next("object-info")? {
        if line == "size" {
            wants_size = true;
        } else if let Some(id) = line.strip_prefix("oid ") {
            ids.push(wants::parse_id(id, visit.store.format(), "object-info")?);
            limits::check(ids.len(), visit.options.limits.max_wants, "the number of objects asked about")?;
        } else {
            return Err(Error::invalid(format!("object-info: unexpected line: '{}'", line.escape_debug())));
        }
    }
    let objects = Objects::without_refresh(visit.store);
    let policy = WantPolicy { reachable: true, ..visit.options.wants };
    let refused = wants::refused(visit, &objects, &ids, policy)?;
    if wants_size {
        write_line(out, "size")?;
    }
    for id in ids {
        let size = match objects.header(&id)? {
            Some((_, size)) if !refused.contains(&id) => size.to_string(),
            _ => String::new(),
        };
        let id = hash::from_gix(&id)?;
        write_line(out, &if wants_size { format!("{id} {size}") } else { format!("{id}") })?;
    }
    write_flush(out)?;
    Ok(out.flush()?)
}
