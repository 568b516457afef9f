//! Style sheets, scripts and pictures: inside the binary, and served under the hash of them all.
//!
//! One hash stands for the whole set, so that a script can import its neighbour by a relative path, and a page
//! never mixes files of two versions. What is served under the current hash never changes and may be kept for ever.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};

use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// How the body of an answer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// `Content-Encoding: gzip`.
    Gzip,
    /// `Content-Encoding: br`.
    Brotli,
}

impl Encoding {
    /// Chooses the best of what an `Accept-Encoding` header allows.
    pub fn choose(accept: &str) -> Self {
        let allows = |name: &str| {
            accept.split(',').any(|part| {
                let mut words = part.split(';').map(str::trim);
                let named = words.next().is_some_and(|word| word.eq_ignore_ascii_case(name));
                named && !words.any(|word| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
            })
        };
        if allows("br") {
            Self::Brotli
        } else if allows("gzip") {
            Self::Gzip
        } else {
            Self::Identity
        }
    }

    /// The value of the `Content-Encoding` header; nothing for bytes as they are.
    pub fn header(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

/// One file that pages load.
#[derive(Debug)]
pub struct Asset {
    bytes: Cow<'static, [u8]>,
    content_type: &'static str,
    etag: String,
    gzip: OnceLock<Vec<u8>>,
    brotli: OnceLock<Vec<u8>>,
}

impl Asset {
    fn new(bytes: Cow<'static, [u8]>, content_type: &'static str) -> Self {
        let etag = format!("\"{}\"", short_hash(&bytes));
        Self { bytes, content_type, etag, gzip: OnceLock::new(), brotli: OnceLock::new() }
    }

    /// The file as it is.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The value of the `Content-Type` header.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// The value of the `ETag` header, in quotes.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The file in an encoding; it is packed at first use and kept.
    pub fn encoded(&self, encoding: Encoding) -> &[u8] {
        match encoding {
            Encoding::Identity => &self.bytes,
            Encoding::Gzip => self.gzip.get_or_init(|| gzip(&self.bytes)),
            Encoding::Brotli => self.brotli.get_or_init(|| brotli(&self.bytes)),
        }
    }
}

/// An asset, and whether its address names its content.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The file.
    pub asset: &'static Asset,
    /// Whether the address holds the current hash, so that a browser may keep the answer for ever.
    pub immutable: bool,
}

struct Set {
    hash: String,
    files: BTreeMap<String, Asset>,
}

static SET: LazyLock<Set> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    let mut all = Sha256::new();
    for name in Files::iter() {
        let (Some(content_type), Some(file)) = (content_type(&name), Files::get(&name)) else { continue };
        all.update(name.as_bytes());
        all.update(Sha256::digest(&file.data));
        files.insert(name.into_owned(), Asset::new(file.data, content_type));
    }
    Set { hash: hex_prefix(&all.finalize()), files }
});

/// The address of a file, such as `forge.css` or `vendor/nhsuk-frontend/nhsuk-frontend.min.css`.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", SET.hash)
}

/// Finds a file by what follows `/assets/` in its address.
///
/// A page of an older version asks with an older hash: it gets the file of today, which must not be kept.
pub fn find(path: &str) -> Option<Found> {
    let (hash, name) = path.split_once('/')?;
    let asset = SET.files.get(name)?;
    Some(Found { asset, immutable: hash == SET.hash })
}

/// The icon that browsers ask for at `/favicon.ico`, whatever the page says.
pub fn favicon() -> Option<&'static Asset> {
    SET.files.get("favicon.svg")
}

/// What is served at all: notes and scripts of the vendoring are in the folder too.
fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

fn short_hash(bytes: &[u8]) -> String {
    hex_prefix(&Sha256::digest(bytes))
}

fn hex_prefix(hash: &[u8]) -> String {
    hex::encode(hash.get(..8).unwrap_or_default())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // Writing into memory cannot fail; were it to, the answer would be short and its test red.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 9, ..Default::default() };
    let _ = brotli::BrotliCompress(&mut &*bytes, &mut packed, &params);
    packed
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn vendored_files_are_what_their_list_says() {
        let list: toml::Table =
            toml::from_str(std::str::from_utf8(&Files::get("vendor/vendor.toml").unwrap().data).unwrap())
                .unwrap();
        let mut listed = vec!["vendor/vendor.toml".to_owned()];
        for package in list["package"].as_array().unwrap() {
            assert!(package["integrity"].as_str().unwrap().starts_with("sha512-"));
            for file in package["file"].as_array().unwrap() {
                let path = format!("vendor/{}", file["path"].as_str().unwrap());
                let found = hex::encode(Sha256::digest(&Files::get(&path).unwrap().data));
                assert_eq!(found, file["sha256"].as_str().unwrap(), "{path}");
                listed.push(path);
            }
        }
        for path in Files::iter().filter(|path| path.starts_with("vendor/")) {
            assert!(listed.contains(&path.to_string()), "{path} is not in vendor.toml");
        }
    }

    #[test]
    fn nothing_asks_another_host_or_a_missing_file() {
        for (name, asset) in &SET.files {
            let text = std::str::from_utf8(asset.bytes()).unwrap();
            assert!(!text.contains("Frutiger") && !text.contains("assets.nhs.uk"), "{name}");
            if asset.content_type() != "text/css; charset=utf-8" {
                continue;
            }
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            for part in text.split("url(").skip(1) {
                let target = part.split(')').next().unwrap().trim_matches(['"', '\'']);
                let path = if folder.is_empty() { target.to_owned() } else { format!("{folder}/{target}") };
                assert!(SET.files.contains_key(&path), "{name} asks for {target}");
            }
        }
    }

    #[test]
    fn finds_only_what_pages_load() {
        let address = url("forge.css");
        let found = find(address.strip_prefix("/assets/").unwrap()).unwrap();
        assert!(found.immutable);
        assert_eq!(found.asset.content_type(), "text/css; charset=utf-8");
        assert!(!find("0000000000000000/forge.css").unwrap().immutable);
        for path in
            ["", "forge.css", "x/", "x/../asset.rs", "x/vendor/vendor.toml", "x/vendor.sh", "x/FORGE.CSS"]
        {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn packed_files_unpack_and_fit_the_budget() {
        let (mut css, mut js) = (0, 0);
        for (name, asset) in &SET.files {
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(asset.encoded(Encoding::Gzip)).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, asset.bytes(), "{name}");
            unpacked.clear();
            brotli::BrotliDecompress(&mut asset.encoded(Encoding::Brotli), &mut unpacked).unwrap();
            assert_eq!(unpacked, asset.bytes(), "{name}");
            let packed = asset.encoded(Encoding::Brotli).len();
            match asset.content_type() {
                "text/css; charset=utf-8" => css += packed,
                "text/javascript; charset=utf-8" => js += packed,
                _ => {}
            }
        }
        assert!(css <= 32 * 1024, "{css} bytes of style sheets");
        assert!(js <= 22 * 1024, "{js} bytes of scripts");
    }

    #[test]
    fn chooses_an_encoding_that_is_allowed() {
        assert_eq!(Encoding::choose("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(Encoding::choose("gzip;q=1.0, br;q=0"), Encoding::Gzip);
        assert_eq!(Encoding::choose(""), Encoding::Identity);
        assert_eq!(Encoding::choose("identity"), Encoding::Identity);
    }
}
