//! Who is to be asked about which files: `CODEOWNERS`, as GitLab reads it.
//!
//! ```text
//! # Everything, unless a later line says otherwise.
//! *                      @ada
//!
//! [Databases][2] @nhs-north/data      two approvals; owners of every line that names none
//! /migrations/
//! *.sql                  @bob dba@example.org
//! !/migrations/README.md              nobody of this section
//!
//! ^[Documents]                        optional: shown, but not demanded
//! docs/                  @writers
//! ```
//!
//! Within a section the last line that matches a path decides; every section is asked by itself. What cannot be understood is an error
//! with its line number, and the rest of the file counts all the same: one slip must not make everything ownerless. Nobody is
//! looked up here.
//!
//! Beyond GitLab: `**` at the end of a pattern stands for everything below, and a `#` behind white space begins a comment.

pub mod edit;
mod pattern;

use std::collections::BTreeMap;
use std::fmt;

use pattern::Pattern;

use crate::FilePath;

/// Where the file is looked for, in this order.
pub const CODE_OWNERS_PATHS: [&str; 3] = ["CODEOWNERS", "docs/CODEOWNERS", ".forge/CODEOWNERS"];
/// Bytes of the file that are read.
pub const MAX_CODE_OWNERS: usize = 512 << 10;

/// Lines that say something.
const MAX_RULES: usize = 5_000;
/// Owners on one line.
const MAX_OWNERS: usize = 100;
/// Bytes of one pattern.
const MAX_PATTERN: usize = 1_000;
/// Errors that are kept.
const MAX_ERRORS: usize = 100;
/// Approvals that a section may demand.
const MAX_APPROVALS: u32 = 100;

/// Somebody who is to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// `@name`: a person, or a whole organisation.
    Name(String),
    /// `@organisation/team`.
    Team(String, String),
    /// An e-mail address.
    Email(String),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "@{name}"),
            Self::Team(organisation, team) => write!(f, "@{organisation}/{team}"),
            Self::Email(email) => f.write_str(email),
        }
    }
}

/// Something in the file that does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeOwnersError {
    /// Where, counted from one.
    pub line: u32,
    /// What is wrong and what to write instead.
    pub text: String,
}

/// A line with a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Where it stands, counted from one.
    pub line: u32,
    /// The pattern as written.
    pub pattern: String,
    /// Its owners, or those of its section; none if neither names any.
    pub owners: Vec<Owner>,
    compiled: Pattern,
}

/// Rules that are asked together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name as first written; empty for the lines before the first heading.
    pub name: String,
    /// Whether its owners are only shown.
    pub is_optional: bool,
    /// How many of the owners of a rule have to approve.
    pub required: u32,
    /// Owners of rules that name none.
    pub default_owners: Vec<Owner>,
    /// Its rules, in the order of the file.
    pub rules: Vec<Rule>,
    exclusions: Vec<Pattern>,
}

/// A rule that decides about paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership<'a> {
    /// The section it stands in.
    pub section: &'a Section,
    /// The rule.
    pub rule: &'a Rule,
    /// The paths, in order.
    pub paths: Vec<&'a FilePath>,
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeOwners {
    /// Its sections, in the order in which they begin.
    pub sections: Vec<Section>,
    /// What could not be understood.
    pub errors: Vec<CodeOwnersError>,
}

impl CodeOwners {
    /// Reads a file. This never fails: see [`CodeOwners::errors`].
    pub fn parse(content: &[u8]) -> Self {
        let mut owners = Self::default();
        let whole = content.get(..MAX_CODE_OWNERS);
        if whole.is_some() && content.len() > MAX_CODE_OWNERS {
            owners.error(1, format!("the file has more than {MAX_CODE_OWNERS} bytes; the rest is not read"));
        }
        let text = String::from_utf8_lossy(whole.unwrap_or(content));
        let mut current = owners.section("", false, 1, Vec::new());
        let mut rules = 0;
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            rules += 1;
            if rules > MAX_RULES {
                owners
                    .error(number, format!("the file has more than {MAX_RULES} rules; the rest is not read"));
                break;
            }
            match owners.heading(number, line) {
                Some(section) => current = section,
                None => owners.rule(number, line, current),
            }
        }
        owners.sections.retain(|section| !section.name.is_empty() || !section.rules.is_empty());
        owners
    }

    /// The deciding rule of each section that has one for the path.
    pub fn rules_for(&self, path: &FilePath) -> impl Iterator<Item = (&Section, &Rule)> {
        self.sections.iter().filter_map(move |section| Some((section, section.rule_for(path)?)))
    }

    /// Everybody who owns a path, each once, in the order of the file.
    pub fn owners_of(&self, path: &FilePath) -> Vec<&Owner> {
        let mut all: Vec<&Owner> = Vec::new();
        for owner in self.rules_for(path).flat_map(|(_, rule)| &rule.owners) {
            if !all.contains(&owner) {
                all.push(owner);
            }
        }
        all
    }

    /// The rules that decide about any of the paths, each with its paths, in the order of the file.
    ///
    /// Rules without owners are not among them: nobody can be asked.
    pub fn ownerships<'a>(&'a self, paths: impl IntoIterator<Item = &'a FilePath>) -> Vec<Ownership<'a>> {
        let mut found: BTreeMap<(usize, u32), Ownership<'a>> = BTreeMap::new();
        for path in paths {
            for (at, section) in self.sections.iter().enumerate() {
                let Some(rule) = section.rule_for(path).filter(|rule| !rule.owners.is_empty()) else {
                    continue;
                };
                let empty = || Ownership { section, rule, paths: Vec::new() };
                found.entry((at, rule.line)).or_insert_with(empty).paths.push(path);
            }
        }
        found.into_values().collect()
    }

    fn error(&mut self, line: u32, text: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(CodeOwnersError { line, text: text.into() });
        }
    }

    /// The place of a section of this name, made if there is none. Of two headings with one name the stricter counts.
    fn section(&mut self, name: &str, is_optional: bool, required: u32, default_owners: Vec<Owner>) -> usize {
        let key = name.to_lowercase();
        if let Some(at) = self.sections.iter().position(|section| section.name.to_lowercase() == key) {
            if let Some(section) = self.sections.get_mut(at) {
                section.is_optional &= is_optional;
                section.required = section.required.max(required);
                section.default_owners.extend(default_owners);
            }
            return at;
        }
        let name = name.to_owned();
        let (rules, exclusions) = (Vec::new(), Vec::new());
        self.sections.push(Section { name, is_optional, required, default_owners, rules, exclusions });
        self.sections.len() - 1
    }

    /// Reads `^[Name][2] @owner`; nothing if the line is no heading.
    fn heading(&mut self, number: u32, line: &str) -> Option<usize> {
        let is_optional = line.starts_with("^[");
        let rest = line.strip_prefix('^').filter(|_| is_optional).unwrap_or(line).strip_prefix('[')?;
        let Some((name, rest)) = rest.split_once(']') else {
            // A set of characters at the start of a pattern has an end as well.
            self.error(number, "a section heading ends with ]: write [Name]");
            return Some(self.section("", false, 1, Vec::new()));
        };
        if !rest.is_empty() && !rest.starts_with(['[', ' ', '\t']) {
            // `[Mm]akefile` is a pattern.
            return None;
        }
        if name.trim().is_empty() {
            self.error(number, "a section needs a name: write [Name]");
        }
        let (required, rest) = match rest.strip_prefix('[').map(|rest| rest.split_once(']')) {
            None => (1, rest),
            Some(None) => {
                self.error(number, "the number of approvals ends with ]: write [Name][2]");
                (1, "")
            }
            Some(Some((digits, rest))) => match digits.trim().parse() {
                Ok(required) if (1..=MAX_APPROVALS).contains(&required) => (required, rest),
                _ => {
                    self.error(
                        number,
                        format!("the number of approvals is between 1 and {MAX_APPROVALS}; 1 is taken"),
                    );
                    (1, rest)
                }
            },
        };
        if is_optional && required > 1 {
            self.error(number, "an optional section demands no approvals; the number has no effect");
        }
        let owners = self.owners(number, rest);
        Some(self.section(name.trim(), is_optional, required, owners))
    }

    fn rule(&mut self, number: u32, line: &str, section: usize) {
        let (is_exclusion, line) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, line),
        };
        let (pattern, rest) = split_pattern(line);
        if pattern.is_empty() || pattern.len() > MAX_PATTERN {
            return self.error(number, format!("a pattern has 1 to {MAX_PATTERN} bytes"));
        }
        let compiled = Pattern::new(pattern);
        let mut owners = self.owners(number, rest);
        if is_exclusion && !owners.is_empty() {
            self.error(
                number,
                "a line that begins with ! takes files out of its section and names no owners",
            );
        }
        let Some(section) = self.sections.get_mut(section) else { return };
        if is_exclusion {
            section.exclusions.push(compiled);
            return;
        }
        if owners.is_empty() {
            owners.clone_from(&section.default_owners);
        }
        let is_ownerless = owners.is_empty();
        section.rules.push(Rule { line: number, pattern: pattern.to_owned(), owners, compiled });
        if is_ownerless {
            self.error(number, format!("{pattern} has no owners: nobody is asked about these files"));
        }
    }

    fn owners(&mut self, number: u32, text: &str) -> Vec<Owner> {
        let mut owners = Vec::new();
        for word in text.split_whitespace().take_while(|word| !word.starts_with('#')) {
            if owners.len() >= MAX_OWNERS {
                self.error(number, format!("a line names at most {MAX_OWNERS} owners; the rest is not read"));
                break;
            }
            match owner(word) {
                Ok(owner) if owners.contains(&owner) => {}
                Ok(owner) => owners.push(owner),
                Err(text) => self.error(number, text),
            }
        }
        owners
    }
}

impl Section {
    /// The rule that decides about a path: the last one that matches.
    pub fn rule_for(&self, path: &FilePath) -> Option<&Rule> {
        let rule = self.rules.iter().rev().find(|rule| rule.compiled.matches(path))?;
        let is_out = self.exclusions.iter().any(|pattern| pattern.matches(path));
        (!is_out).then_some(rule)
    }
}

/// Cuts a line behind its pattern, in which white space is written with a backslash.
fn split_pattern(line: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = line.find(|letter: char| {
        let ends = letter.is_whitespace() && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        ends
    });
    line.split_at(end.unwrap_or(line.len()))
}

fn owner(word: &str) -> Result<Owner, String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 100
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
    };
    if let Some(name) = word.strip_prefix('@') {
        if name.starts_with('@') {
            return Err(format!(
                "{word} is a role, and roles cannot own files: name a team, @organisation/team"
            ));
        }
        return match name.split_once('/') {
            None if is_name(name) => Ok(Owner::Name(name.to_lowercase())),
            Some((organisation, team)) if is_name(organisation) && is_name(team) => {
                Ok(Owner::Team(organisation.to_lowercase(), team.to_lowercase()))
            }
            _ => Err(format!("{word} is not a name: write @name or @organisation/team")),
        };
    }
    match word.split_once('@') {
        Some((name, domain))
            if !name.is_empty() && domain.contains('.') && !domain.contains('@') && word.len() <= 254 =>
        {
            Ok(Owner::Email(word.to_lowercase()))
        }
        _ => Err(format!("{word} is not an owner: write @name, @organisation/team or an e-mail address")),
    }
}

#[cfg(test)]
mod tests;
