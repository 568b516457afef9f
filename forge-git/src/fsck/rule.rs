//! The rules an object can break, under git's own names.

use std::fmt;

/// How much a broken rule weighs in git's own table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth telling, never worth refusing.
    Info,
    /// Refused by a strict receiver.
    Warn,
    /// Always refused, unless an import asks for leniency and the rule is harmless.
    Error,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident, $lenient:literal;)+) => {
        /// A rule about the shape of objects.
        ///
        /// Names and severities are those of `git fsck`, so that whoever is refused finds the rule in git's
        /// documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $variant,)+
        }

        impl Rule {
            /// Every rule there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Git's name for it, such as `hasDotgit`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Git's own weight for it.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// Whether old imported history may break it.
            ///
            /// Only rules about how people and dates were written, and about padding: no reader of ours or of
            /// git's comes to harm by them.
            pub fn is_forgiven_in_imports(self) -> bool {
                match self { $(Self::$variant => $lenient,)+ }
            }
        }
    };
}

rules! {
    /// A NUL byte among the headers of a commit or tag.
    NulInHeader = "nulInHeader", Error, false;
    /// The headers of a commit or tag never end.
    UnterminatedHeader = "unterminatedHeader", Error, false;
    /// A person's date is not a number.
    BadDate = "badDate", Error, true;
    /// A person's date is beyond what git can count.
    BadDateOverflow = "badDateOverflow", Error, true;
    /// An e-mail address does not end.
    BadEmail = "badEmail", Error, true;
    /// A person's name holds angle brackets.
    BadName = "badName", Error, true;
    /// A tag's object is not an id.
    BadObjectSha1 = "badObjectSha1", Error, false;
    /// A parent is not an id.
    BadParentSha1 = "badParentSha1", Error, false;
    /// A time zone is not four digits with a sign.
    BadTimezone = "badTimezone", Error, true;
    /// A tree cannot be read.
    BadTree = "badTree", Error, false;
    /// A commit's tree is not an id.
    BadTreeSha1 = "badTreeSha1", Error, false;
    /// A tag's object has a kind that does not exist.
    BadType = "badType", Error, false;
    /// A tree has two entries of one name.
    DuplicateEntries = "duplicateEntries", Error, false;
    /// A commit has no author.
    MissingAuthor = "missingAuthor", Error, false;
    /// A commit has no committer.
    MissingCommitter = "missingCommitter", Error, false;
    /// A person has no e-mail address.
    MissingEmail = "missingEmail", Error, true;
    /// A person has no name before the e-mail address.
    MissingNameBeforeEmail = "missingNameBeforeEmail", Error, true;
    /// A tag has no object.
    MissingObject = "missingObject", Error, false;
    /// No space stands before a date.
    MissingSpaceBeforeDate = "missingSpaceBeforeDate", Error, true;
    /// No space stands before an e-mail address.
    MissingSpaceBeforeEmail = "missingSpaceBeforeEmail", Error, true;
    /// A tag's name does not end.
    MissingTag = "missingTag", Error, false;
    /// A tag has no name.
    MissingTagEntry = "missingTagEntry", Error, false;
    /// A commit has no tree.
    MissingTree = "missingTree", Error, false;
    /// A tag's kind does not end.
    MissingType = "missingType", Error, false;
    /// A tag does not say the kind of its object.
    MissingTypeEntry = "missingTypeEntry", Error, false;
    /// A commit has two authors.
    MultipleAuthors = "multipleAuthors", Error, true;
    /// A tree's entries are not in git's order.
    TreeNotSorted = "treeNotSorted", Error, false;
    /// A date starts with a zero.
    ZeroPaddedDate = "zeroPaddedDate", Error, true;
    /// An entry's mode is of no kind that git knows.
    UnknownEntryKind = "badFilemodeKind", Error, false;
    /// An object named `.gitmodules` is not there.
    GitmodulesMissing = "gitmodulesMissing", Error, false;
    /// An object named `.gitmodules` is no blob.
    GitmodulesBlob = "gitmodulesBlob", Error, false;
    /// `.gitmodules` is too large to be read.
    GitmodulesLarge = "gitmodulesLarge", Error, false;
    /// A submodule's name climbs out of its directory.
    GitmodulesName = "gitmodulesName", Error, false;
    /// `.gitmodules` is a symbolic link.
    GitmodulesSymlink = "gitmodulesSymlink", Error, false;
    /// A submodule's address would be taken for an option or is forged.
    GitmodulesUrl = "gitmodulesUrl", Error, false;
    /// A submodule's path would be taken for an option.
    GitmodulesPath = "gitmodulesPath", Error, false;
    /// A submodule would run a command when updated.
    GitmodulesUpdate = "gitmodulesUpdate", Error, false;
    /// An object named `.gitattributes` is not there.
    GitattributesMissing = "gitattributesMissing", Error, false;
    /// `.gitattributes` is too large to be read.
    GitattributesLarge = "gitattributesLarge", Error, false;
    /// A line of `.gitattributes` is too long.
    GitattributesLineLength = "gitattributesLineLength", Error, false;
    /// An object named `.gitattributes` is no blob.
    GitattributesBlob = "gitattributesBlob", Error, false;
    /// An entry has no name.
    EmptyName = "emptyName", Warn, false;
    /// An entry's name holds a slash.
    FullPathname = "fullPathname", Warn, false;
    /// An entry is named `.`.
    HasDot = "hasDot", Warn, false;
    /// An entry is named `..`.
    HasDotdot = "hasDotdot", Warn, false;
    /// An entry is named `.git`, or so that some file system would take it for that.
    HasDotgit = "hasDotgit", Warn, false;
    /// An entry points at the id of nothing.
    NullSha1 = "nullSha1", Warn, false;
    /// An entry's name is longer than any path may be.
    LargePathname = "largePathname", Warn, false;
    /// An entry's mode starts with a zero.
    ZeroPaddedFilemode = "zeroPaddedFilemode", Warn, true;
    /// A commit's message holds a NUL byte.
    NulInCommit = "nulInCommit", Warn, true;
    /// An entry's mode has unusual permission bits.
    BadFilemode = "badFilemode", Info, true;
    /// `.gitmodules` cannot be parsed.
    GitmodulesParse = "gitmodulesParse", Info, true;
    /// `.gitignore` is a symbolic link.
    GitignoreSymlink = "gitignoreSymlink", Info, true;
    /// `.gitattributes` is a symbolic link.
    GitattributesSymlink = "gitattributesSymlink", Info, true;
    /// `.mailmap` is a symbolic link.
    MailmapSymlink = "mailmapSymlink", Info, true;
    /// A tag's name is not a ref name.
    BadTagName = "badTagName", Info, true;
    /// A tag does not say who made it.
    MissingTaggerEntry = "missingTaggerEntry", Info, true;
}

/// How strictly objects are held to the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// As `receive.fsckObjects`: git's warnings are errors, its remarks pass.
    #[default]
    Strict,
    /// For history that cannot be changed any more: rules about dates, people and padding are forgiven. What is
    /// dangerous or unreadable is refused all the same.
    Import,
}

impl Level {
    /// Whether breaking the rule refuses the object.
    pub fn refuses(self, rule: Rule) -> bool {
        match self {
            Self::Strict => rule.severity() >= Severity::Warn,
            Self::Import => !rule.is_forgiven_in_imports(),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// Which rule.
    pub rule: Rule,
    /// What is wrong, in a few words.
    pub detail: &'static str,
}

impl Problem {
    /// Says that a rule is broken.
    pub fn new(rule: Rule, detail: &'static str) -> Self {
        Self { rule, detail }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_forgive_nothing_dangerous() {
        for rule in Rule::ALL {
            if rule.severity() == Severity::Info {
                assert!(!Level::Strict.refuses(*rule), "{rule}");
                assert!(!Level::Import.refuses(*rule), "{rule}");
            } else {
                assert!(Level::Strict.refuses(*rule), "{rule}");
            }
        }
        for rule in [Rule::HasDotgit, Rule::HasDotdot, Rule::GitmodulesUrl, Rule::MissingTree, Rule::NullSha1]
        {
            assert!(Level::Import.refuses(rule), "{rule}");
        }
    }

    #[test]
    fn names_are_told_apart() {
        let names: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
    }
}
