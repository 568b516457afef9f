//! SSH certificates of people: what one must say to let its bearer in.
//!
//! An authority of the organisation signs a key for some hours or days and names who bears it. Whether the signatures
//! are right is for the door to see; here is judged what the certificate says.

use core::net::IpAddr;

use time::OffsetDateTime;

use crate::Username;

/// What a certificate says, once its signatures were found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The fingerprint of the authority that signed it.
    pub authority: String,
    /// What the authority calls it.
    pub key_id: String,
    /// Its number at the authority.
    pub serial: u64,
    /// Whether it is for people; others are for hosts.
    pub is_for_people: bool,
    /// Who bears it.
    pub principals: Vec<String>,
    /// From when it counts, in seconds since 1970.
    pub valid_after: u64,
    /// Until when it counts, in seconds since 1970.
    pub valid_before: u64,
    /// What must be heeded, by name.
    pub critical_options: Vec<(String, String)>,
}

/// What the site says of certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateRules {
    /// Fingerprints of the authorities that are believed.
    pub authorities: Vec<String>,
    /// Numbers of certificates that were taken back.
    pub revoked_serials: Vec<u64>,
    /// What certificates are called that were taken back.
    pub revoked_key_ids: Vec<String>,
}

/// Why a certificate lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateRefusal {
    /// Nobody believes who signed it.
    #[error("its authority is not known here")]
    Authority,
    /// It is for a host.
    #[error("it is not a user certificate")]
    Kind,
    /// Not yet, or no longer.
    #[error("it does not count at this time")]
    Time,
    /// It was taken back.
    #[error("it was revoked")]
    Revoked,
    /// It would let anybody in, or nobody that could have an account.
    #[error("it must name exactly one user name as its principal")]
    Principal,
    /// It must be used from elsewhere.
    #[error("it may not be used from this address")]
    Address,
    /// It demands what is not understood here.
    #[error("it has a critical option that is not known here")]
    Option,
}

impl CertificateRules {
    /// Says whom a certificate names, if it counts now and from this address.
    ///
    /// A certificate without a principal would count for everybody: it counts for nobody. One that names several is
    /// refused too, because which of them acts would be a guess.
    pub fn judge(
        &self,
        certificate: &Certificate,
        now: OffsetDateTime,
        address: Option<IpAddr>,
    ) -> Result<Username, CertificateRefusal> {
        if !self.authorities.contains(&certificate.authority) {
            return Err(CertificateRefusal::Authority);
        }
        if !certificate.is_for_people {
            return Err(CertificateRefusal::Kind);
        }
        let now = u64::try_from(now.unix_timestamp()).map_err(|_| CertificateRefusal::Time)?;
        if now < certificate.valid_after || now >= certificate.valid_before {
            return Err(CertificateRefusal::Time);
        }
        if self.has_revoked(&certificate.key_id, certificate.serial) {
            return Err(CertificateRefusal::Revoked);
        }
        for (name, value) in &certificate.critical_options {
            match name.as_str() {
                "source-address" if is_from(value, address) => {}
                "source-address" => return Err(CertificateRefusal::Address),
                _ => return Err(CertificateRefusal::Option),
            }
        }
        match certificate.principals.as_slice() {
            [one] => Username::new(one.as_str()).map_err(|_| CertificateRefusal::Principal),
            _ => Err(CertificateRefusal::Principal),
        }
    }

    /// Whether a certificate was taken back.
    pub fn has_revoked(&self, key_id: &str, serial: u64) -> bool {
        // Authorities that do not number give each the number nought.
        let by_serial = serial != 0 && self.revoked_serials.contains(&serial);
        by_serial || self.revoked_key_ids.iter().any(|revoked| revoked == key_id)
    }
}

/// Whether an address is in one of the networks of a list such as `192.0.2.0/24,2001:db8::1`.
fn is_from(networks: &str, address: Option<IpAddr>) -> bool {
    let Some(address) = address.map(|address| address.to_canonical()) else { return false };
    networks.split(',').any(|network| includes(network.trim(), address))
}

fn includes(network: &str, address: IpAddr) -> bool {
    let (start, length) = match network.split_once('/') {
        Some((start, length)) => (start, length.parse::<u32>().ok()),
        None => (network, Some(128)),
    };
    let (Ok(start), Some(length)) = (start.parse::<IpAddr>(), length) else { return false };
    match (start.to_canonical(), address) {
        (IpAddr::V4(start), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or(0);
            start.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(start), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(length)).unwrap_or(0);
            start.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> CertificateRules {
        CertificateRules {
            authorities: vec!["SHA256:ca".to_owned()],
            revoked_serials: vec![0, 13],
            revoked_key_ids: vec!["lost-laptop".to_owned()],
        }
    }

    fn certificate() -> Certificate {
        Certificate {
            authority: "SHA256:ca".to_owned(),
            key_id: "alice@laptop".to_owned(),
            serial: 7,
            is_for_people: true,
            principals: vec!["alice".to_owned()],
            valid_after: 100,
            valid_before: 200,
            critical_options: Vec::new(),
        }
    }

    fn judge(change: impl FnOnce(&mut Certificate)) -> Result<String, CertificateRefusal> {
        let mut certificate = certificate();
        change(&mut certificate);
        let now = OffsetDateTime::from_unix_timestamp(150).unwrap();
        let address = Some("192.0.2.17".parse().unwrap());
        rules().judge(&certificate, now, address).map(|name| name.to_string())
    }

    #[test]
    fn a_good_certificate_names_one_person() {
        assert_eq!(judge(|_| {}), Ok("alice".to_owned()));
        assert_eq!(
            judge(|found| found.serial = 0),
            Ok("alice".to_owned()),
            "no number, and so none to revoke"
        );
    }

    #[test]
    fn every_other_is_refused_with_its_reason() {
        use CertificateRefusal as Why;
        type Change = fn(&mut Certificate);
        let cases: [(Change, Why); 12] = [
            (|found| found.authority = "SHA256:other".to_owned(), Why::Authority),
            (|found| found.is_for_people = false, Why::Kind),
            (|found| found.valid_after = 151, Why::Time),
            (|found| found.valid_before = 150, Why::Time),
            (|found| found.serial = 13, Why::Revoked),
            (|found| found.key_id = "lost-laptop".to_owned(), Why::Revoked),
            (|found| found.principals.clear(), Why::Principal),
            (|found| found.principals.push("bob".to_owned()), Why::Principal),
            (|found| found.principals = vec!["not a name".to_owned()], Why::Principal),
            (
                |found| found.critical_options = vec![("force-command".to_owned(), "id".to_owned())],
                Why::Option,
            ),
            (
                |found| found.critical_options = vec![("verify-required".to_owned(), String::new())],
                Why::Option,
            ),
            (
                |found| {
                    found.critical_options =
                        vec![("source-address".to_owned(), "198.51.100.0/24".to_owned())];
                },
                Why::Address,
            ),
        ];
        for (at, (change, why)) in cases.into_iter().enumerate() {
            assert_eq!(judge(change), Err(why), "case {at}");
        }
    }

    #[test]
    fn networks_hold_their_addresses() {
        let from = |networks: &str, address: &str| is_from(networks, Some(address.parse().unwrap()));
        assert!(from("10.0.0.0/8,192.0.2.0/24", "192.0.2.255"));
        assert!(from("192.0.2.17", "::ffff:192.0.2.17") && from("0.0.0.0/0", "192.0.2.17"));
        assert!(from("2001:db8::/32", "2001:db8:1::1") && !from("2001:db8::/32", "2001:db9::1"));
        assert!(
            !from("192.0.2.0/25", "192.0.2.128") && !from("nonsense", "192.0.2.1") && !from("", "192.0.2.1")
        );
        assert!(!is_from("0.0.0.0/0", None));
    }
}
