//! Addresses of pages: the one place that knows how they are written.
//!
//! Refs and paths are bytes. Each part between slashes is percent-encoded, so that spaces, `#`, `?`, `%` and bytes
//! that are not UTF-8 come back exactly as they were.

use std::fmt::Write as _;

use forge_core::{FilePath, ItemKind, ObjectId, OrgName, OwnerName, RefName, RepoPath, TeamName, Username};

/// What a page of a repository shows: a branch, a tag, or one commit for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rev {
    /// A branch or a tag, by the name that people use.
    Name(String),
    /// One commit.
    Commit(ObjectId),
}

impl Rev {
    /// The revision of a ref.
    pub fn of_ref(name: &RefName) -> Self {
        Self::Name(name.short().to_owned())
    }

    /// As people read it: the name, or the first digits of the id.
    pub fn label(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Commit(id) => id.short(),
        }
    }

    fn encoded(&self) -> String {
        match self {
            Self::Name(name) => encode_path(name.as_bytes()),
            Self::Commit(id) => id.to_string(),
        }
    }
}

/// The start page.
pub const HOME: &str = "/";
/// All repositories that the reader can see.
pub const EXPLORE: &str = "/explore";
/// Where people sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Where people give their second factor.
pub const SIGN_IN_SECOND_FACTOR: &str = "/sign-in/second-factor";
/// Where people who are signed in say again who they are.
pub const SIGN_IN_CONFIRM: &str = "/sign-in/confirm";
/// Where a passkey signs somebody in, by POST.
pub const SIGN_IN_PASSKEY: &str = "/sign-in/passkey";
/// Where the challenge for a passkey comes from, by POST.
pub const SIGN_IN_PASSKEY_BEGIN: &str = "/sign-in/passkey/begin";
/// Where a passkey confirms who is signed in, by POST.
pub const SIGN_IN_CONFIRM_PASSKEY: &str = "/sign-in/confirm/passkey";
/// Where people ask for a new password.
pub const SIGN_IN_RESET: &str = "/sign-in/reset";
/// Where other sites that vouch for people are joined to one's account.
pub const SETTINGS_PROVIDERS: &str = "/settings/linked-sites";
/// Where administrators invite people.
pub const ADMIN_INVITATIONS: &str = "/admin/invitations";
/// Where administrators see what other sites say of them.
pub const ADMIN_PROVIDERS: &str = "/admin/sign-in";
/// Where people sign out, by POST.
pub const SIGN_OUT: &str = "/sign-out";
/// A new repository.
pub const NEW_REPO: &str = "/new";
/// A new organisation.
pub const NEW_ORG: &str = "/organisations/new";
/// Settings of the person who is signed in.
pub const SETTINGS: &str = "/settings";
/// Name and e-mail address.
pub const SETTINGS_PROFILE: &str = "/settings/profile";
/// The end of the person's own account.
pub const SETTINGS_DELETE_ACCOUNT: &str = "/settings/delete-account";
/// Change of e-mail address.
pub const SETTINGS_EMAIL: &str = "/settings/email";
/// Change of password.
pub const SETTINGS_PASSWORD: &str = "/settings/password";
/// The second factor.
pub const SETTINGS_SECOND_FACTOR: &str = "/settings/second-factor";
/// The setting up of an authenticator app.
pub const SETTINGS_AUTHENTICATOR: &str = "/settings/second-factor/app";
/// Passkeys.
pub const SETTINGS_PASSKEYS: &str = "/settings/passkeys";
/// Where the challenge for a new passkey comes from, by POST.
pub const SETTINGS_PASSKEYS_BEGIN: &str = "/settings/passkeys/begin";
/// Browsers that are signed in.
pub const SETTINGS_SESSIONS: &str = "/settings/sessions";
/// Access tokens.
pub const SETTINGS_TOKENS: &str = "/settings/tokens";
/// Addresses of feeds.
pub const SETTINGS_FEEDS: &str = "/settings/feeds";
/// SSH keys.
pub const SETTINGS_SSH_KEYS: &str = "/settings/ssh-keys";
/// GPG keys of the person.
pub const SETTINGS_GPG_KEYS: &str = "/settings/gpg-keys";
/// All people, for administrators.
pub const ADMIN_PEOPLE: &str = "/admin/people";
/// What the site may be used for.
pub const ACCEPTABLE_USE: &str = "/acceptable-use";
/// The text on acceptable use, for administrators.
pub const ADMIN_ACCEPTABLE_USE: &str = "/admin/acceptable-use";
/// Every organisation, for administrators.
pub const ADMIN_ORGANISATIONS: &str = "/admin/organisations";
/// The register of organisations, for administrators.
pub const ADMIN_REGISTER: &str = "/admin/register";
/// Every repository, for administrators.
pub const ADMIN_REPOSITORIES: &str = "/admin/repositories";
/// What is kept, and how full the disk is.
pub const ADMIN_STORAGE: &str = "/admin/storage";
/// The settings in force, for administrators.
pub const ADMIN_SETTINGS: &str = "/admin/settings";
/// What stands on every page, for administrators.
pub const ADMIN_ANNOUNCEMENT: &str = "/admin/announcement";
/// What was done and what was refused, for administrators and auditors.
pub const ADMIN_AUDIT: &str = "/admin/audit";
/// Background work, for administrators.
pub const ADMIN_JOBS: &str = "/admin/jobs";
/// What the person was told of.
pub const NOTIFICATIONS: &str = "/notifications";
/// What the person wants to be told.
pub const SETTINGS_NOTIFICATIONS: &str = "/settings/notifications";
/// How to begin.
pub const HELP: &str = "/help";
/// The accessibility statement.
pub const ACCESSIBILITY: &str = "/accessibility";

/// The one-time page that makes the first administrator.
pub fn setup(token: &str) -> String {
    format!("/setup/{}", encode_segment(token.as_bytes()))
}

/// The one-time page that sets a new password.
pub fn reset(token: &str) -> String {
    format!("{SIGN_IN_RESET}/{}", encode_segment(token.as_bytes()))
}

/// The one-time page that gives an account its new e-mail address.
pub fn change_email(token: &str) -> String {
    format!("/sign-in/email/{}", encode_segment(token.as_bytes()))
}

/// Where the way to another site begins, by POST.
pub fn sign_in_with(provider: &str) -> String {
    format!("/sign-in/with/{}", encode_segment(provider.as_bytes()))
}

/// The link of an invitation.
pub fn invitation(token: &str) -> String {
    format!("/invitations/{}", encode_segment(token.as_bytes()))
}

/// The one-time page where somebody makes an account.
pub fn sign_up(token: &str) -> String {
    format!("/sign-up/{}", encode_segment(token.as_bytes()))
}

/// The invitations of an organisation.
pub fn org_invitations(name: &OrgName) -> String {
    format!("/organisations/{name}/invitations")
}

/// Where to sign in, and which page to come back to.
pub fn sign_in_then(path: &str) -> String {
    format!("{SIGN_IN}?then={}", encode_segment(path.as_bytes()))
}

/// Where to give the second factor, and which page to come back to.
pub fn second_factor_then(path: &str) -> String {
    format!("{SIGN_IN_SECOND_FACTOR}?then={}", encode_segment(path.as_bytes()))
}

/// Where to say again who one is, and which page to come back to.
pub fn confirm_then(path: &str) -> String {
    format!("{SIGN_IN_CONFIRM}?then={}", encode_segment(path.as_bytes()))
}

/// The merge requests of a repository.
pub fn merge_requests(path: &RepoPath) -> String {
    format!("{}/merge-requests", repo(path))
}

/// Where a merge request of a branch is opened.
pub fn ask_to_merge(path: &RepoPath, branch: &str) -> String {
    format!("{}/new?source={}", merge_requests(path), encode_segment(branch.as_bytes()))
}

/// The same, with the branch that it is to go to.
pub fn ask_to_merge_into(path: &RepoPath, branch: &str, target: &str) -> String {
    format!("{}&target={}", ask_to_merge(path, branch), encode_segment(target.as_bytes()))
}

/// One merge request.
pub fn merge_request(path: &RepoPath, number: u64) -> String {
    format!("{}/merge-requests/{number}", repo(path))
}

/// The page of a person or an organisation.
pub fn owner(name: &OwnerName) -> String {
    format!("/{name}")
}

/// What the audit log says of an organisation.
pub fn org_audit(name: &OrgName) -> String {
    format!("/organisations/{name}/audit")
}

/// The people of an organisation.
pub fn org_members(name: &OrgName) -> String {
    format!("/organisations/{name}/members")
}

/// Removing somebody's second factor, for administrators.
pub fn reset_second_factor(name: &Username) -> String {
    format!("{ADMIN_PEOPLE}/{name}/second-factor")
}

/// Making one account of two, of which this one ends.
pub fn duplicate(name: &Username) -> String {
    format!("{ADMIN_PEOPLE}/{name}/duplicate")
}

/// The end of somebody's account, for administrators.
pub fn delete_account(name: &Username) -> String {
    format!("{ADMIN_PEOPLE}/{name}/delete")
}

/// What somebody alone owns, and handing it over, for administrators.
pub fn leaver(name: &Username) -> String {
    format!("/admin/leavers/{name}")
}

/// What of an organisation depends on one member alone, and handing it over.
pub fn org_leaver(name: &OrgName, member: &Username) -> String {
    format!("/organisations/{name}/leavers/{member}")
}

/// What waits for a second person.
pub const APPROVALS: &str = "/approvals";

/// A page about an organisation, such as `policies` or `settings`.
pub fn org_page(name: &OrgName, page: &str) -> String {
    format!("/organisations/{name}/{page}")
}

/// The teams of an organisation.
pub fn org_teams(name: &OrgName) -> String {
    format!("/organisations/{name}/teams")
}

/// One team of an organisation.
pub fn org_team(name: &OrgName, team: &TeamName) -> String {
    format!("/organisations/{name}/teams/{team}")
}

/// A repository's first page.
pub fn repo(path: &RepoPath) -> String {
    format!("/{path}")
}

/// What happened in a repository.
pub fn activity(path: &RepoPath) -> String {
    format!("/{path}/activity")
}

/// The same for programs that need no token: browsers that are signed in, and everybody where it is public.
pub fn activity_feed(path: &RepoPath) -> String {
    format!("/{path}/activity.atom")
}

/// A feed of the person whose token this is.
pub fn feed(token: &str, rest: &str) -> String {
    format!("/feeds/{}/{rest}", encode_segment(token.as_bytes()))
}

/// Where somebody makes the address of a feed about a repository or an owner.
pub fn feeds_of(name: &str) -> String {
    format!("{SETTINGS_FEEDS}?of={}", encode_segment(name.as_bytes()))
}

/// Where a repository is forked.
pub fn fork(path: &RepoPath) -> String {
    format!("/{path}/fork")
}

/// The forks of a repository.
pub fn forks(path: &RepoPath) -> String {
    format!("/{path}/forks")
}

/// A directory of a repository.
pub fn tree(repo: &RepoPath, rev: &Rev, path: &FilePath) -> String {
    at("tree", repo, rev, path)
}

/// A file.
pub fn blob(repo: &RepoPath, rev: &Rev, path: &FilePath) -> String {
    at("blob", repo, rev, path)
}

/// The bytes of a file.
pub fn raw(repo: &RepoPath, rev: &Rev, path: &FilePath) -> String {
    at("raw", repo, rev, path)
}

/// The history of a revision, or of one path in it.
pub fn commits(repo: &RepoPath, rev: &Rev, path: &FilePath) -> String {
    at("commits", repo, rev, path)
}

/// One commit.
pub fn commit(repo: &RepoPath, id: &ObjectId) -> String {
    format!("/{repo}/commit/{id}")
}

/// What one revision has that another has not; directly, or since the two parted.
pub fn compare(repo: &RepoPath, base: &str, head: &str, is_direct: bool) -> String {
    let dots = if is_direct { ".." } else { "..." };
    format!("/{repo}/compare/{}{dots}{}", encode_path(base.as_bytes()), encode_path(head.as_bytes()))
}

/// The branches of a repository.
pub fn branches(repo: &RepoPath) -> String {
    format!("/{repo}/branches")
}

/// The tags of a repository.
pub fn tags(repo: &RepoPath) -> String {
    format!("/{repo}/tags")
}

/// A revision as a ZIP file.
pub fn archive_zip(repo: &RepoPath, rev: &Rev) -> String {
    format!("/{repo}/archive/{}.zip", rev.encoded())
}

/// A revision as a compressed tar file.
pub fn archive_tar_gz(repo: &RepoPath, rev: &Rev) -> String {
    format!("/{repo}/archive/{}.tar.gz", rev.encoded())
}

/// The settings of a repository.
pub fn repo_settings(repo: &RepoPath) -> String {
    format!("/{repo}/settings")
}

/// Who owns which files of a repository.
pub fn owners(repo: &RepoPath) -> String {
    format!("/{repo}/owners")
}

/// What the reader may do with a repository, and why.
pub fn repo_why(repo: &RepoPath) -> String {
    format!("/{repo}/why")
}

/// One action among the settings of a repository, such as `visibility` or `delete`.
pub fn repo_settings_action(repo: &RepoPath, action: &str) -> String {
    format!("/{repo}/settings/{}", encode_segment(action.as_bytes()))
}

/// The tickets or the merge requests of a repository.
pub fn items(repo: &RepoPath, kind: ItemKind) -> String {
    match kind {
        ItemKind::Ticket => format!("/{repo}/tickets"),
        ItemKind::MergeRequest => format!("/{repo}/merge-requests"),
    }
}

/// A ticket or a merge request.
pub fn item(repo: &RepoPath, kind: ItemKind, number: u64) -> String {
    format!("{}/{number}", items(repo, kind))
}

/// The labels of a repository.
pub fn labels(repo: &RepoPath) -> String {
    format!("/{repo}/labels")
}

/// The milestones of a repository.
pub fn milestones(repo: &RepoPath) -> String {
    format!("/{repo}/milestones")
}

/// Where somebody chooses of what in a repository they are told, by POST.
pub fn watch(repo: &RepoPath) -> String {
    format!("/{repo}/watch")
}

/// The link in a mail that ends the mails about one thing.
pub fn unsubscribe(secret: &str) -> String {
    format!("/unsubscribe/{}", encode_segment(secret.as_bytes()))
}

/// The link that browsers show for a range of lines: `#L10` or `#L10-L12`.
pub fn line_anchor(first: u32, last: u32) -> String {
    if first == last { format!("#L{first}") } else { format!("#L{first}-L{last}") }
}

fn at(page: &str, repo: &RepoPath, rev: &Rev, path: &FilePath) -> String {
    let mut url = format!("/{repo}/{page}/{}", rev.encoded());
    if !path.is_root() {
        url.push('/');
        url.push_str(&encode_path(path.as_bytes()));
    }
    url
}

/// Percent-encodes bytes, keeping the slashes.
pub fn encode_path(bytes: &[u8]) -> String {
    encode(bytes, true)
}

/// Percent-encodes bytes so that they are one part of a path, or one value of a query.
pub fn encode_segment(bytes: &[u8]) -> String {
    encode(bytes, false)
}

fn encode(bytes: &[u8], keep_slash: bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            b'/' if keep_slash => text.push('/'),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

/// Undoes the percent-encoding of a path, once; nothing if a `%` is not followed by two digits.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let mut decoded = [0];
            hex::decode_to_slice(digits, &mut decoded).ok()?;
            bytes.extend_from_slice(&decoded);
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repo_path() -> RepoPath {
        "rr8/beds".parse().unwrap()
    }

    #[test]
    fn writes_the_addresses_of_a_repository() {
        let main = Rev::Name("main".to_owned());
        let path = FilePath::new("R/plot beds.R").unwrap();
        assert_eq!(repo(&repo_path()), "/rr8/beds");
        assert_eq!(tree(&repo_path(), &main, &FilePath::root()), "/rr8/beds/tree/main");
        assert_eq!(blob(&repo_path(), &main, &path), "/rr8/beds/blob/main/R/plot%20beds.R");
        assert_eq!(archive_zip(&repo_path(), &main), "/rr8/beds/archive/main.zip");
        assert_eq!(repo_settings_action(&repo_path(), "delete"), "/rr8/beds/settings/delete");
        let id = ObjectId::Sha1([0xab; 20]);
        assert_eq!(Rev::Commit(id).label(), "ababababab");
        assert_eq!(raw(&repo_path(), &Rev::Commit(id), &path), format!("/rr8/beds/raw/{id}/R/plot%20beds.R"));
    }

    #[test]
    fn odd_names_come_back_as_they_were() {
        for bytes in
            [&b"100% {{ x }}#a?b&c=d+e"[..], b"\xe9t\xe9/\xff", "Bericht über/1 \"x\"".as_bytes(), b"a\\b\n"]
        {
            let encoded = encode_path(bytes);
            assert!(
                encoded.bytes().all(|byte| byte.is_ascii_graphic() && !b"#?\"<>&+".contains(&byte)),
                "{encoded}"
            );
            assert_eq!(decode(&encoded).unwrap(), bytes);
            assert_eq!(decode(&encode_segment(bytes)).unwrap(), bytes);
            assert!(!encode_segment(bytes).contains('/'));
        }
        assert_eq!(decode("%252e"), Some(b"%2e".to_vec()));
        for bad in ["%", "%2", "%zz", "a%"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_way_back_is_one_value() {
        assert_eq!(sign_in_then("/a/b?c=d&e"), "/sign-in?then=%2Fa%2Fb%3Fc%3Dd%26e");
    }
}
