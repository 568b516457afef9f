//! Which versions are compared, and what there is to choose.

use forge_app::Conversation;
use forge_core::merge_request::Version;

use crate::view::Choice;

pub(in crate::handler::repo::merge_request) fn comparison(
    conversation: &Conversation,
    shown: &Version,
    from: Option<&Version>,
) -> String {
    let target = conversation.request.target_branch.short();
    match from {
        Some(from) => format!("What changed from version {} to version {}", from.number, shown.number),
        None if shown.number == conversation.version.number => {
            format!("Everything that the newest version would change in {target}")
        }
        None => format!("Everything that version {} would have changed in {target}", shown.number),
    }
}

pub(in crate::handler::repo::merge_request) fn version_choices(
    conversation: &Conversation,
    shown: &Version,
) -> Vec<Choice> {
    let newest = conversation.version.number;
    let choice = |version: &Version| {
        let mark = if version.number == newest { " (newest)" } else { "" };
        Choice {
            value: version.number.to_string(),
            label: format!("Version {}{mark} · {}", version.number, version.head.short()),
            hint: String::new(),
            is_chosen: version.number == shown.number,
        }
    };
    conversation.versions.iter().rev().map(choice).collect()
}

pub(in crate::handler::repo::merge_request) fn base_choices(
    conversation: &Conversation,
    shown: &Version,
    from: Option<&Version>,
) -> Vec<Choice> {
    let mut choices = vec![Choice {
        value: "0".to_owned(),
        label: format!("The target, {}", conversation.request.target_branch.short()),
        hint: String::new(),
        is_chosen: from.is_none(),
    }];
    let earlier = conversation.versions.iter().rev().filter(|version| version.number != shown.number);
    choices.extend(earlier.map(|version| Choice {
        value: version.number.to_string(),
        label: format!("Version {} · {}", version.number, version.head.short()),
        hint: String::new(),
        is_chosen: from.is_some_and(|from| from.number == version.number),
    }));
    choices
}
