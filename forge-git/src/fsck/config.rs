//! A reader for git's configuration syntax, as far as `.gitmodules` needs it.
//!
//! Clients read the file with git's parser, so this one has to see every value that git would see, up to the first
//! error. It keeps nothing and calls back for each value.

/// The text is not git configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// One value with where it stands. Section and key are in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub(super) section: &'a [u8],
    pub(super) subsection: Option<&'a [u8]>,
    pub(super) key: &'a [u8],
    /// Nothing if the key stands alone, which means true.
    pub(super) value: Option<&'a [u8]>,
}

/// Calls `found` for each value.
pub(super) fn read(bytes: &[u8], found: &mut dyn FnMut(Item<'_>)) -> Result<(), Malformed> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut input = Input { rest: bytes };
    let mut section = Vec::new();
    let mut subsection = None;
    while let Some(byte) = input.next() {
        match byte {
            b'#' | b';' => input.skip_line(),
            b'[' => (section, subsection) = header(&mut input)?,
            _ if byte.is_ascii_whitespace() => {}
            _ if byte.is_ascii_alphabetic() => {
                let (key, value) = variable(byte, &mut input)?;
                found(Item {
                    section: &section,
                    subsection: subsection.as_deref(),
                    key: &key,
                    value: value.as_deref(),
                });
            }
            _ => return Err(Malformed),
        }
    }
    Ok(())
}

struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    /// The next byte; a carriage return before a line feed is not there.
    fn next(&mut self) -> Option<u8> {
        if let Some(rest) = self.rest.strip_prefix(b"\r\n") {
            self.rest = rest;
            return Some(b'\n');
        }
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {}
    }
}

type Header = (Vec<u8>, Option<Vec<u8>>);

fn header(input: &mut Input<'_>) -> Result<Header, Malformed> {
    let mut name = Vec::new();
    loop {
        match input.next().ok_or(Malformed)? {
            b']' => return Ok(split_old_style(name)),
            byte if byte.is_ascii_whitespace() => break,
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.') => {
                name.push(byte.to_ascii_lowercase());
            }
            _ => return Err(Malformed),
        }
    }
    loop {
        match input.next().ok_or(Malformed)? {
            b'"' => break,
            b' ' | b'\t' => {}
            _ => return Err(Malformed),
        }
    }
    let mut subsection = Vec::new();
    loop {
        match input.next().ok_or(Malformed)? {
            b'"' => break,
            b'\n' => return Err(Malformed),
            b'\\' => match input.next().ok_or(Malformed)? {
                b'\n' => return Err(Malformed),
                byte => subsection.push(byte),
            },
            byte => subsection.push(byte),
        }
    }
    if input.next() == Some(b']') { Ok((name, Some(subsection))) } else { Err(Malformed) }
}

/// `[section.subsection]`, which git reads in lower case.
fn split_old_style(name: Vec<u8>) -> Header {
    match name.iter().position(|byte| *byte == b'.') {
        Some(dot) => {
            let subsection = name.get(dot + 1..).map(<[u8]>::to_vec);
            (name.get(..dot).unwrap_or_default().to_vec(), subsection)
        }
        None => (name, None),
    }
}

type Variable = (Vec<u8>, Option<Vec<u8>>);

fn variable(first: u8, input: &mut Input<'_>) -> Result<Variable, Malformed> {
    let mut key = vec![first.to_ascii_lowercase()];
    let mut next = input.next();
    while let Some(byte) = next.filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
        key.push(byte.to_ascii_lowercase());
        next = input.next();
    }
    while matches!(next, Some(b' ' | b'\t')) {
        next = input.next();
    }
    match next {
        None | Some(b'\n') => Ok((key, None)),
        Some(b'=') => Ok((key, Some(value(input)?))),
        Some(_) => Err(Malformed),
    }
}

fn value(input: &mut Input<'_>) -> Result<Vec<u8>, Malformed> {
    let mut value = Vec::new();
    let mut quoted = false;
    // Blanks at the end do not count, unless they were quoted.
    let mut kept = 0;
    loop {
        let Some(byte) = input.next() else {
            if quoted {
                return Err(Malformed);
            }
            break;
        };
        match byte {
            b'\n' if quoted => return Err(Malformed),
            b'\n' => break,
            b'#' | b';' if !quoted => {
                input.skip_line();
                break;
            }
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c if !quoted => {
                if !value.is_empty() {
                    value.push(byte);
                }
                continue;
            }
            b'"' => quoted = !quoted,
            b'\\' => match input.next().ok_or(Malformed)? {
                b'\n' => continue,
                b't' => value.push(b'\t'),
                b'b' => value.push(8),
                b'n' => value.push(b'\n'),
                byte @ (b'\\' | b'"') => value.push(byte),
                _ => return Err(Malformed),
            },
            byte => value.push(byte),
        }
        kept = value.len();
    }
    value.truncate(kept);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<String>, Malformed> {
        let mut seen = Vec::new();
        read(text.as_bytes(), &mut |item| {
            let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            seen.push(format!(
                "{}|{}|{}|{}",
                show(item.section),
                item.subsection.map(show).unwrap_or_default(),
                show(item.key),
                item.value.map_or("-".to_owned(), show)
            ));
        })?;
        Ok(seen)
    }

    #[test]
    fn reads_as_git_does() {
        let text = "\u{feff}# c\n[Sub \"A b\\\"c\"] key = a b  # x\nK2=\"q # \"z\n\tk3\r\n[x.Y]\nz = a\\\n b\\tc\nw = a\\nb ; d\n";
        assert_eq!(
            all(text),
            Ok(vec![
                "sub|A b\"c|key|a b".to_owned(),
                "sub|A b\"c|k2|q # z".to_owned(),
                "sub|A b\"c|k3|-".to_owned(),
                "x|y|z|a b\tc".to_owned(),
                "x|y|w|a\nb".to_owned(),
            ])
        );
    }

    #[test]
    fn stops_at_errors() {
        for bad in [
            "[a",
            "[a \"b\n\"]",
            "[a \"b\"x",
            "1 = 2",
            "[a]\nk = \"x\n",
            "[a]\nk = \\x\n",
            "[a]\nk : v\n",
            "[a/b]\n",
        ] {
            assert_eq!(all(bad), Err(Malformed), "{bad}");
        }
        assert_eq!(all(""), Ok(vec![]));
    }
}
