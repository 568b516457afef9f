//! Lists against the rule, in towns made by chance: what somebody is shown is exactly what they may read.

use forge_core::grant::in_force;
use forge_core::policy::{Person, RepoFacts, decide};
use forge_core::{
    Actor, Credential, Grant, Grantee, OrgRole, OwnerId, Permission, Repository, Team, TeamMembership, User,
    Visibility,
};
use time::Duration;

use super::*;
use crate::harness::on_both;
use crate::sample::{FIRST, add_org, add_person, add_repo, at, id, team};
use crate::{Store, Viewer, grant, team as teams};

/// How many towns each engine gets.
const TOWNS: u64 = 8;

/// Chance that comes out the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

struct Town {
    people: Vec<User>,
    repos: Vec<Repository>,
}

async fn build(store: &Store, number: u64) -> Town {
    let mut chance = Chance(number);
    let name = |kind: &str, of: usize| format!("{kind}{of}-{number}");
    let mut people = Vec::new();
    for of in 0..5 {
        people.push(add_person(store, &name("person", of)).await);
    }
    let mut owners: Vec<(OwnerId, String)> =
        people.iter().map(|user| (OwnerId::User(user.id), user.name.to_string())).collect();
    let mut all_teams: Vec<Team> = Vec::new();
    for of in 0..2 {
        let mut members = Vec::new();
        for user in &people {
            if chance.below(3) == 0 {
                members.push((user.id, chance.one_of(&OrgRole::ALL)));
            }
        }
        let org = add_org(store, &name("org", of), &members).await;
        owners.push((OwnerId::Org(org.id), org.name.to_string()));
        let tx = store.begin().await.unwrap();
        for number in 0..3 {
            let above: Vec<_> =
                all_teams.iter().filter(|team| team.org == org.id).map(|team| team.id).collect();
            let parent = above.get(chance.below(above.len() + 1)).copied();
            let made = team(org.id, &name("team", number), parent);
            teams::insert(&tx, &made).await.unwrap();
            for (user, _) in &members {
                if chance.below(2) == 0 {
                    let place =
                        TeamMembership { team: made.id, user: *user, is_maintainer: false, since: at(0) };
                    teams::set_member(&tx, &place).await.unwrap();
                }
            }
            all_teams.push(made);
        }
        tx.commit().await.unwrap();
    }
    let mut repos = Vec::new();
    for (owner, path) in owners {
        for visibility in Visibility::ALL {
            let repo = add_repo(store, owner, &format!("{path}/{visibility}"), visibility).await;
            let tx = store.begin().await.unwrap();
            for _ in 0..chance.below(3) {
                let grantee = if chance.below(2) == 0 {
                    Grantee::User(people[chance.below(people.len())].id)
                } else {
                    Grantee::Team(all_teams[chance.below(all_teams.len())].id)
                };
                let new = Grant {
                    id: id(),
                    repo: repo.id,
                    grantee,
                    permission: chance.one_of(&Permission::GIVEN),
                    granted_at: at(0),
                    granted_by: None,
                    expires_at: chance.one_of(&[None, Some(at(-1)), Some(at(0)), Some(at(1))]),
                };
                grant::set(&tx, &new).await.unwrap();
            }
            tx.commit().await.unwrap();
            repos.push(repo);
        }
    }
    Town { people, repos }
}

#[tokio::test]
async fn lists_hold_exactly_what_the_policy_lets_somebody_read() {
    on_both(async |store| {
        let mut repos = Vec::new();
        let mut people = Vec::new();
        for number in 1..=TOWNS {
            let town = build(&store, number).await;
            people.extend(town.people);
            repos.extend(town.repos);
        }
        let rows = store.read().await.unwrap();
        let mut by_grant_alone = 0;
        let later = at(0) + Duration::seconds(1);
        for (now, reads_public) in [(at(0), false), (later, false), (at(0), true)] {
            for user in people.iter().map(Some).chain([None]) {
                let credential = Credential::Session(id());
                let actor = user.map_or(Actor::Nobody, |user| {
                    let name = user.name.clone();
                    Actor::Person(Person { id: user.id, name, is_admin: false, credential })
                });
                let mut expected = Vec::new();
                for repo in &repos {
                    let Place { role, shares_organisation, grants } = match user {
                        Some(user) => place(&rows, repo.id, repo.owner, user.id).await.unwrap(),
                        None => Place::default(),
                    };
                    let granted = in_force(&grants, now);
                    let facts = RepoFacts {
                        id: repo.id,
                        visibility: repo.visibility,
                        owner: repo.owner,
                        role,
                        shares_organisation,
                        granted,
                        public_reading: reads_public,
                    };
                    if decide(&actor, &facts) >= Permission::Read {
                        expected.push(repo.path.clone());
                        let without = RepoFacts { granted: Permission::None, ..facts };
                        by_grant_alone += usize::from(decide(&actor, &without) == Permission::None);
                    }
                }
                expected.sort();
                let viewer =
                    Viewer { user: user.map(|user| user.id), sees_everything: false, reads_public, now };
                let mut found = Vec::new();
                let mut request = FIRST;
                loop {
                    let page = visible(&rows, &viewer, &RepoFilter::default(), request).await.unwrap();
                    assert_eq!(page.total, u64::try_from(expected.len()).unwrap(), "{actor:?}");
                    if page.items.is_empty() {
                        break;
                    }
                    request.offset += u64::try_from(page.items.len()).unwrap();
                    found.extend(page.items.into_iter().map(|repo| repo.path));
                }
                let is_shown = user.is_some() || reads_public;
                assert!(is_shown != expected.is_empty() && expected.len() < repos.len());
                assert_eq!(found, expected, "{actor:?}");
            }
        }
        assert!(by_grant_alone > 20, "the towns say little about grants: {by_grant_alone}");
        let admin = Viewer { user: None, sees_everything: true, reads_public: false, now: at(0) };
        let all = visible(&rows, &admin, &RepoFilter::default(), FIRST).await.unwrap().total;
        assert_eq!(all, u64::try_from(repos.len()).unwrap());
    })
    .await;
}
