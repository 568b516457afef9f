//! The two special files: `.gitmodules`, by which a clone can be led astray, and `.gitattributes`.

use super::config::{self, Item};
use super::rule::{Problem, Rule};

/// The largest `.gitmodules` that is read. Git's own bound is the size it streams; real ones have kilobytes.
const MAX_MODULES: usize = 10 << 20;
/// Git's bound for `.gitattributes`.
const MAX_ATTRIBUTES: usize = 100 << 20;
/// Git's bound for one of its lines, which it counts without the line feed.
const MAX_ATTRIBUTES_LINE: usize = 2048;

/// Checks a `.gitattributes`.
pub(super) fn check_attributes(bytes: &[u8], report: &mut dyn FnMut(Problem)) {
    if bytes.len() > MAX_ATTRIBUTES {
        report(Problem::new(Rule::GitattributesLarge, ".gitattributes is larger than 100 MiB"));
    } else if bytes.split(|byte| *byte == b'\n').any(|line| line.len() >= MAX_ATTRIBUTES_LINE) {
        report(Problem::new(
            Rule::GitattributesLineLength,
            "a line of .gitattributes has 2048 bytes or more",
        ));
    }
}

/// Checks a `.gitmodules`.
pub(super) fn check_modules(bytes: &[u8], report: &mut dyn FnMut(Problem)) {
    if bytes.len() > MAX_MODULES {
        report(Problem::new(Rule::GitmodulesLarge, ".gitmodules is larger than 10 MiB"));
        return;
    }
    let read = config::read(bytes, &mut |item| check_item(&item, report));
    if read.is_err() {
        report(Problem::new(Rule::GitmodulesParse, ".gitmodules cannot be parsed"));
    }
}

fn check_item(item: &Item<'_>, report: &mut dyn FnMut(Problem)) {
    let (b"submodule", Some(name)) = (item.section, item.subsection) else { return };
    if !is_good_name(name) {
        report(Problem::new(
            Rule::GitmodulesName,
            "a submodule's name is empty or climbs out of its directory",
        ));
    }
    let Some(value) = item.value else { return };
    let has_controls = value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t');
    match item.key {
        b"url" if has_controls || !is_good_url(value) => {
            report(Problem::new(Rule::GitmodulesUrl, "a submodule's address is not allowed"));
        }
        b"path" if has_controls || value.starts_with(b"-") => {
            report(Problem::new(Rule::GitmodulesPath, "a submodule's path is not allowed"));
        }
        b"update" if value.starts_with(b"!") => {
            report(Problem::new(Rule::GitmodulesUpdate, "a submodule would run a command when updated"));
        }
        _ => {}
    }
}

/// The name becomes a path under `.git/modules`.
fn is_good_name(name: &[u8]) -> bool {
    !name.is_empty() && name.split(|byte| matches!(byte, b'/' | b'\\')).all(|part| part != b"..")
}

/// The address must not be an option, and neither forge a host nor hide a line break.
fn is_good_url(url: &[u8]) -> bool {
    if url.starts_with(b"-") {
        return false;
    }
    if is_relative(url) {
        return !decode(url).contains(&b'\n') && !escapes_to_host(url);
    }
    if url.starts_with(b"git://") {
        return !decode(url).contains(&b'\n');
    }
    match curl_address(url) {
        None => true,
        Some(address) => !decode(address).contains(&b'\n') && has_host(address),
    }
}

fn is_relative(url: &[u8]) -> bool {
    [&b"./"[..], b"../", b".\\", b"..\\"].iter().any(|start| url.starts_with(start))
}

/// After climbing with `../`, a leading `:` or `/` would overwrite the host of the address it is relative to.
fn escapes_to_host(url: &[u8]) -> bool {
    let mut rest = url;
    let mut climbs = false;
    loop {
        if let Some(after) = rest.strip_prefix(b"../").or_else(|| rest.strip_prefix(b"..\\")) {
            climbs = true;
            rest = after;
        } else if let Some(after) = rest.strip_prefix(b"./").or_else(|| rest.strip_prefix(b".\\")) {
            rest = after;
        } else {
            return climbs && matches!(rest.first(), Some(b':' | b'/'));
        }
    }
}

/// The part that git hands to its HTTP library, if it would.
fn curl_address(url: &[u8]) -> Option<&[u8]> {
    for helper in [&b"http::"[..], b"https::", b"ftp::", b"ftps::"] {
        if let Some(address) = url.strip_prefix(helper) {
            return Some(address);
        }
    }
    let schemes = [&b"http://"[..], b"https://", b"ftp://", b"ftps://"];
    schemes.iter().any(|scheme| url.starts_with(scheme)).then_some(url)
}

fn has_host(address: &[u8]) -> bool {
    let Some(at) = address.windows(3).position(|part| part == b"://") else { return false };
    let rest = address.get(at + 3..).unwrap_or_default();
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    let host = authority.rsplit(|byte| *byte == b'@').next().unwrap_or_default();
    let host = host.split(|byte| *byte == b':').next().unwrap_or_default();
    !host.is_empty()
}

/// Undoes per-cent encoding, leaving alone what is no encoding.
fn decode(url: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(url.len());
    let mut rest = url;
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.filter(|_| *first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok());
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
        out.push(byte.unwrap_or(*first));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(text: &str) -> Vec<Rule> {
        let mut found = Vec::new();
        check_modules(text.as_bytes(), &mut |problem| found.push(problem.rule));
        found
    }

    fn url(url: &str) -> Vec<Rule> {
        modules(&format!("[submodule \"a\"]\n\tpath = a\n\turl = {url}\n"))
    }

    #[test]
    fn addresses_cannot_be_options_or_forge_hosts() {
        for good in [
            "https://host.example/x.git",
            "../sibling.git",
            "./a",
            "git@host:x.git",
            "ssh://host/x",
            "/srv/x",
            "https://a:b@host:8443/x",
            "../../a/b",
            "git://host/x",
        ] {
            assert_eq!(url(good), [], "{good}");
        }
        for bad in [
            "-oProxyCommand=x",
            "--upload-pack=x",
            "../:host/x",
            "..//host",
            "https://",
            "https:///x",
            "http::foo",
            "https://host/%0ax",
            "./%0ahost=evil",
            "git://host/%0a",
            "https://:80/x",
            "\"a\\nb\"",
        ] {
            assert_eq!(url(bad), [Rule::GitmodulesUrl], "{bad}");
        }
    }

    #[test]
    fn names_paths_and_updates_are_harmless() {
        assert_eq!(modules("[submodule \"../../x\"]\nurl = https://h/x\n"), [Rule::GitmodulesName]);
        assert_eq!(modules("[submodule \"a\\\\..\\\\b\"]\nurl = https://h/x\n"), [Rule::GitmodulesName]);
        assert_eq!(modules("[submodule \"\"]\nurl = https://h/x\n"), [Rule::GitmodulesName]);
        assert_eq!(modules("[submodule \"a..b\"]\nurl = https://h/x\n"), []);
        assert_eq!(modules("[submodule \"a\"]\npath = -x\n"), [Rule::GitmodulesPath]);
        assert_eq!(modules("[submodule \"a\"]\npath = \"a\\r\"\n"), [Rule::GitmodulesParse]);
        assert_eq!(modules("[submodule \"a\"]\npath = a\rb\n"), [Rule::GitmodulesPath]);
        assert_eq!(modules("[submodule \"a\"]\nupdate = !rm\n"), [Rule::GitmodulesUpdate]);
        assert_eq!(modules("[submodule \"a\"]\nupdate = rebase\n"), []);
        assert_eq!(modules("[submodule.a]\nurl = -x\n"), [Rule::GitmodulesUrl]);
        assert_eq!(modules("[core]\nurl = -x\n"), []);
        assert_eq!(modules("[submodule \"a\"\n"), [Rule::GitmodulesParse]);
    }

    #[test]
    fn attributes_have_bounded_lines() {
        let mut found = Vec::new();
        check_attributes(format!("{}\n", "a".repeat(2047)).as_bytes(), &mut |problem| {
            found.push(problem.rule);
        });
        assert_eq!(found, []);
        check_attributes(format!("x\n{}", "a".repeat(2048)).as_bytes(), &mut |problem| {
            found.push(problem.rule);
        });
        assert_eq!(found, [Rule::GitattributesLineLength]);
    }
}
