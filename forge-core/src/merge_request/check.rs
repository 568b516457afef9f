//! Whether a merge request may be merged: a fixed set of checks, each with a sentence that says what to do.
//!
//! The decision is pure. It is made for pages, and made again inside the transaction that moves the branch, of what the
//! rows say there and then.

use crate::merge_request::MergeMethod;
use crate::{ObjectId, UserId};

/// What the rules of the target branch and the policies of its organisation ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demands {
    /// How many people must approve.
    pub approvals: u32,
    /// Whether an owner of every changed path must approve.
    pub owners: bool,
    /// Whether every thread must be resolved.
    pub threads_resolved: bool,
    /// What others must say of the head: the names of statuses.
    pub statuses: Vec<String>,
    /// Whether everything of the target must be in the source already.
    pub up_to_date: bool,
    /// How changes may be merged; empty for nothing at all.
    pub methods: Vec<MergeMethod>,
}

impl Default for Demands {
    fn default() -> Self {
        Self {
            approvals: 0,
            owners: false,
            threads_resolved: false,
            statuses: Vec::new(),
            up_to_date: false,
            methods: MergeMethod::ALL.to_vec(),
        }
    }
}

/// How the two branches fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// They can be joined.
    Clean,
    /// They change the same lines.
    Conflicts {
        /// In how many files.
        files: usize,
    },
    /// Everything of the source is in the target already.
    Merged,
    /// They have no commit in common.
    Unrelated,
    /// It was not, or could not be, worked out.
    Unknown,
}

/// What others say of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusState {
    /// Being worked on.
    Pending,
    /// All is well.
    Success,
    /// Something is wrong with the change.
    Failure,
    /// It could not be found out.
    Error,
}

crate::work_item::words!(StatusState:
    Pending = "pending", Success = "success", Failure = "failure", Error = "error",
);

/// Everything that the decision is made of.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Whether it is open.
    pub is_open: bool,
    /// Whether it is not ready.
    pub is_draft: bool,
    /// The head that is to be merged.
    pub head: ObjectId,
    /// Those with an active approval, and the head that each is about.
    pub approvals: &'a [(UserId, ObjectId)],
    /// Those who wrote or pushed any of it. They do not count as its approvers.
    pub authors: &'a [UserId],
    /// Those who asked for changes, and have neither approved since nor been set aside.
    pub objectors: &'a [String],
    /// How many threads can be resolved and are not.
    pub open_threads: u64,
    /// The groups of owners of which each must have an approval: a name for it, who is in it, and how many it takes.
    pub owners: Option<&'a [OwnerGroup]>,
    /// What others say of the head, by name.
    pub statuses: &'a [(String, StatusState)],
    /// How the branches fit.
    pub fit: Fit,
    /// Whether everything of the target is in the source.
    pub is_up_to_date: bool,
    /// What is asked for.
    pub demands: &'a Demands,
}

/// Owners of changed paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerGroup {
    /// What to call it: the section or the pattern.
    pub name: String,
    /// The people.
    pub people: Vec<UserId>,
    /// How many of them must approve.
    pub needed: u32,
}

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing asks for it.
    NotApplicable,
    /// It holds.
    Satisfied,
    /// It does not hold yet.
    Unsatisfied,
    /// It could not be worked out, which counts as not holding.
    Error,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is checked, in a word for addresses.
    pub name: &'static str,
    /// How it came out.
    pub outcome: Outcome,
    /// What that means and what to do.
    pub sentence: String,
}

impl Check {
    /// Whether it stands against merging.
    pub fn blocks(&self) -> bool {
        matches!(self.outcome, Outcome::Unsatisfied | Outcome::Error)
    }
}

/// Makes every check, in the order in which people can do something about them.
pub fn checks(facts: &Facts<'_>) -> Vec<Check> {
    vec![
        open(facts),
        draft(facts),
        approvals(facts),
        owners(facts),
        objections(facts),
        threads(facts),
        statuses(facts),
        up_to_date(facts),
        conflicts(facts),
    ]
}

/// The sentences of the checks that stand against merging; none if it may be merged.
pub fn obstacles(facts: &Facts<'_>) -> Vec<String> {
    checks(facts).into_iter().filter(Check::blocks).map(|check| check.sentence).collect()
}

fn check(name: &'static str, outcome: Outcome, sentence: impl Into<String>) -> Check {
    Check { name, outcome, sentence: sentence.into() }
}

fn open(facts: &Facts<'_>) -> Check {
    if facts.is_open {
        check("open", Outcome::Satisfied, "It is open.")
    } else {
        check("open", Outcome::Unsatisfied, "It is closed. Open it again to merge it.")
    }
}

fn draft(facts: &Facts<'_>) -> Check {
    if facts.is_draft {
        check("draft", Outcome::Unsatisfied, "It is a draft. Mark it as ready when it is.")
    } else {
        check("draft", Outcome::Satisfied, "It is ready for review.")
    }
}

/// Who counts: an active approval of this very head, by somebody who had no part in the change.
fn counted(facts: &Facts<'_>) -> Vec<UserId> {
    let mut people: Vec<UserId> = facts
        .approvals
        .iter()
        .filter(|(user, head)| *head == facts.head && !facts.authors.contains(user))
        .map(|(user, _)| *user)
        .collect();
    people.sort_unstable();
    people.dedup();
    people
}

fn approvals(facts: &Facts<'_>) -> Check {
    let needed = usize::try_from(facts.demands.approvals).unwrap_or(usize::MAX);
    let have = counted(facts).len();
    let people = |count: usize| if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    if needed == 0 {
        let sentence = match have {
            0 => "Nobody has to approve it.".to_owned(),
            have => format!("{} approved it. Nobody has to.", people(have)),
        };
        return check("approvals", Outcome::NotApplicable, sentence);
    }
    if have >= needed {
        return check("approvals", Outcome::Satisfied, format!("{} approved it.", people(have)));
    }
    let own = facts.approvals.iter().any(|(user, _)| facts.authors.contains(user));
    let hint = if own { " Approvals of people who worked on it do not count." } else { "" };
    let sentence = format!("{have} of {needed} approvals. Ask somebody to review it.{hint}");
    check("approvals", Outcome::Unsatisfied, sentence)
}

fn owners(facts: &Facts<'_>) -> Check {
    if !facts.demands.owners {
        return check("owners", Outcome::NotApplicable, "Owners of files do not have to approve it.");
    }
    let Some(groups) = facts.owners else {
        return check("owners", Outcome::Error, "The owners of the changed files could not be found out.");
    };
    let approved = counted(facts);
    let missing: Vec<&str> = groups
        .iter()
        .filter(|group| {
            let have = group.people.iter().filter(|user| approved.contains(user)).count();
            have < usize::try_from(group.needed).unwrap_or(usize::MAX)
        })
        .map(|group| group.name.as_str())
        .collect();
    if missing.is_empty() {
        return check("owners", Outcome::Satisfied, "The owners of the changed files approved it.");
    }
    let sentence = format!("Owners have still to approve it: {}.", missing.join(", "));
    check("owners", Outcome::Unsatisfied, sentence)
}

fn objections(facts: &Facts<'_>) -> Check {
    match facts.objectors {
        [] => check("objections", Outcome::Satisfied, "Nobody asks for changes."),
        [one] => check(
            "objections",
            Outcome::Unsatisfied,
            format!("{one} asked for changes. Make them and ask {one} to look again."),
        ),
        many => check(
            "objections",
            Outcome::Unsatisfied,
            format!("{} asked for changes. Make them and ask them to look again.", many.join(" and ")),
        ),
    }
}

fn threads(facts: &Facts<'_>) -> Check {
    let open = facts.open_threads;
    let text = if open == 1 { "1 thread is".to_owned() } else { format!("{open} threads are") };
    match (facts.demands.threads_resolved, open) {
        (_, 0) => check("threads", Outcome::Satisfied, "No thread is open."),
        (true, _) => check("threads", Outcome::Unsatisfied, format!("{text} open. Answer and resolve them.")),
        (false, _) => {
            check("threads", Outcome::NotApplicable, format!("{text} open. It can be merged all the same."))
        }
    }
}

fn statuses(facts: &Facts<'_>) -> Check {
    if facts.demands.statuses.is_empty() {
        return check("statuses", Outcome::NotApplicable, "No checks from outside are asked for.");
    }
    let state =
        |name: &String| facts.statuses.iter().find(|(found, _)| found == name).map(|(_, state)| *state);
    let missing: Vec<String> = facts
        .demands
        .statuses
        .iter()
        .filter_map(|name| match state(name) {
            Some(StatusState::Success) => None,
            Some(StatusState::Failure) => Some(format!("{name} failed")),
            Some(StatusState::Error) => Some(format!("{name} could not finish")),
            Some(StatusState::Pending) => Some(format!("{name} is still running")),
            None => Some(format!("{name} has not reported")),
        })
        .collect();
    if missing.is_empty() {
        return check("statuses", Outcome::Satisfied, "All checks from outside are green.");
    }
    check("statuses", Outcome::Unsatisfied, format!("Checks from outside: {}.", missing.join(", ")))
}

fn up_to_date(facts: &Facts<'_>) -> Check {
    match (facts.demands.up_to_date, facts.is_up_to_date) {
        (false, _) => {
            check("up-to-date", Outcome::NotApplicable, "It need not be up to date with its target.")
        }
        (true, true) => check("up-to-date", Outcome::Satisfied, "It is up to date with its target."),
        (true, false) => check(
            "up-to-date",
            Outcome::Unsatisfied,
            "The target has moved on. Bring its changes into the source branch first.",
        ),
    }
}

fn conflicts(facts: &Facts<'_>) -> Check {
    match facts.fit {
        Fit::Clean => check("conflicts", Outcome::Satisfied, "It fits its target without conflicts."),
        Fit::Conflicts { files } => {
            let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
            let text =
                format!("Both branches changed the same lines in {files}. Resolve the conflicts first.");
            check("conflicts", Outcome::Unsatisfied, text)
        }
        Fit::Merged => check(
            "conflicts",
            Outcome::Unsatisfied,
            "Its target has everything already: there is nothing to merge.",
        ),
        Fit::Unrelated => check(
            "conflicts",
            Outcome::Unsatisfied,
            "It has no commit in common with its target, so the two cannot be joined. Build it on its target and push it again.",
        ),
        Fit::Unknown => check(
            "conflicts",
            Outcome::Error,
            "Whether it fits its target could not be worked out. Load the page again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u8) -> UserId {
        UserId::new(u64::from(number), [number; 10])
    }

    fn oid(byte: u8) -> ObjectId {
        ObjectId::Sha1([byte; 20])
    }

    fn facts<'a>(demands: &'a Demands, approvals: &'a [(UserId, ObjectId)]) -> Facts<'a> {
        Facts {
            is_open: true,
            is_draft: false,
            head: oid(1),
            approvals,
            authors: &[],
            objectors: &[],
            open_threads: 0,
            owners: Some(&[]),
            statuses: &[],
            fit: Fit::Clean,
            is_up_to_date: true,
            demands,
        }
    }

    fn blocking(facts: &Facts<'_>) -> Vec<&'static str> {
        checks(facts).iter().filter(|check| check.blocks()).map(|check| check.name).collect()
    }

    #[test]
    fn what_nobody_asks_for_stands_in_no_ones_way() {
        let demands = Demands::default();
        assert_eq!(blocking(&facts(&demands, &[])), [""; 0]);
        let open = Facts { open_threads: 3, is_up_to_date: false, ..facts(&demands, &[]) };
        assert_eq!(blocking(&open), [""; 0]);
    }

    #[test]
    fn approvals_count_for_this_head_by_people_without_a_part_in_it() {
        let demands = Demands { approvals: 2, ..Demands::default() };
        let both = [(user(1), oid(1)), (user(2), oid(1))];
        assert_eq!(blocking(&facts(&demands, &both)), [""; 0]);
        let stale = [(user(1), oid(1)), (user(2), oid(9))];
        assert_eq!(blocking(&facts(&demands, &stale)), ["approvals"], "another head");
        let twice = [(user(1), oid(1)), (user(1), oid(1))];
        assert_eq!(blocking(&facts(&demands, &twice)), ["approvals"], "one person is one");
        let author = [user(2)];
        let own = Facts { authors: &author, ..facts(&demands, &both) };
        assert_eq!(blocking(&own), ["approvals"]);
    }

    #[test]
    fn each_owner_group_needs_its_own() {
        let demands = Demands { owners: true, ..Demands::default() };
        let groups = [
            OwnerGroup { name: "SQL".into(), people: vec![user(1), user(2)], needed: 1 },
            OwnerGroup { name: "R".into(), people: vec![user(3)], needed: 1 },
        ];
        let approved = [(user(1), oid(1))];
        let some = Facts { owners: Some(&groups), ..facts(&demands, &approved) };
        assert_eq!(blocking(&some), ["owners"]);
        assert!(obstacles(&some).iter().any(|text| text.contains('R') && !text.contains("SQL")));
        let unknown = Facts { owners: None, ..facts(&demands, &approved) };
        assert_eq!(blocking(&unknown), ["owners"], "what cannot be found out blocks");
        let all = [(user(1), oid(1)), (user(3), oid(1))];
        assert_eq!(blocking(&Facts { owners: Some(&groups), ..facts(&demands, &all) }), [""; 0]);
    }

    #[test]
    fn everything_else_blocks_by_itself() {
        let demands = Demands {
            threads_resolved: true,
            statuses: vec!["tests".into(), "lint".into()],
            up_to_date: true,
            ..Demands::default()
        };
        let green = [("tests".to_owned(), StatusState::Success), ("lint".to_owned(), StatusState::Success)];
        let fine = Facts { statuses: &green, ..facts(&demands, &[]) };
        assert_eq!(blocking(&fine), [""; 0]);
        let red = [("tests".to_owned(), StatusState::Failure)];
        let objectors = ["rosa".to_owned()];
        for (wrong, name) in [
            (Facts { is_open: false, ..fine.clone() }, "open"),
            (Facts { is_draft: true, ..fine.clone() }, "draft"),
            (Facts { objectors: &objectors, ..fine.clone() }, "objections"),
            (Facts { open_threads: 1, ..fine.clone() }, "threads"),
            (Facts { statuses: &red, ..fine.clone() }, "statuses"),
            (Facts { statuses: &[], ..fine.clone() }, "statuses"),
            (Facts { is_up_to_date: false, ..fine.clone() }, "up-to-date"),
            (Facts { fit: Fit::Conflicts { files: 2 }, ..fine.clone() }, "conflicts"),
            (Facts { fit: Fit::Unrelated, ..fine.clone() }, "conflicts"),
            (Facts { fit: Fit::Unknown, ..fine.clone() }, "conflicts"),
            (Facts { fit: Fit::Merged, ..fine.clone() }, "conflicts"),
        ] {
            assert_eq!(blocking(&wrong), [name]);
        }
    }
}
