//! Handlers: one call into the house, one view.

mod account;
mod admin;
mod approvals;
mod audit;
mod explore;
mod feed;
mod home;
mod invitations;
mod key;
mod notification;
mod organisation;
mod owner;
mod present;
mod prose;
mod repo;
mod settings;
mod site;
mod terms;

use forge_core::Permission;
use http::{Response, header};
use http_body::Body;
use tower_http::CompressionLevel;
use tower_http::compression::{CompressionLayer, Predicate};

use crate::routes::{Guard, Routes};
use crate::url;

/// What programs read: health, assets, notes for machines.
pub(crate) fn site(serves_metrics: bool) -> Routes {
    site::routes(serves_metrics)
}

/// Pages.
pub(crate) fn pages() -> Routes {
    let routes = Routes::new()
        .get(url::HOME, Guard::Open, home::show_home)
        .get(url::EXPLORE, Guard::Looking, explore::show_explore)
        .get(url::HELP, Guard::Open, prose::show_help)
        .get(url::ACCESSIBILITY, Guard::Open, prose::show_accessibility)
        .get("/setup/{secret}", Guard::Link, account::show_setup)
        .post("/setup/{secret}", Guard::Link, account::submit_setup)
        .get(url::SIGN_IN, Guard::Open, account::show_sign_in)
        .post(url::SIGN_IN, Guard::Open, account::submit_sign_in)
        .get(url::SIGN_IN_SECOND_FACTOR, Guard::Open, account::show_second_factor)
        .post(url::SIGN_IN_SECOND_FACTOR, Guard::Open, account::submit_second_factor)
        .post(url::SIGN_IN_PASSKEY_BEGIN, Guard::Open, account::begin_passkey)
        .post(url::SIGN_IN_PASSKEY, Guard::Open, account::submit_passkey)
        .post(url::SIGN_IN_CONFIRM_PASSKEY, Guard::Me, account::confirm_passkey)
        .get(url::SIGN_IN_RESET, Guard::Open, account::show_request_reset)
        .post(url::SIGN_IN_RESET, Guard::Open, account::submit_request_reset)
        .get("/sign-in/reset/{secret}", Guard::Link, account::show_reset)
        .post("/sign-in/reset/{secret}", Guard::Link, account::submit_reset)
        .get("/sign-in/email/{secret}", Guard::Link, account::show_change_email)
        .post("/sign-in/email/{secret}", Guard::Link, account::submit_change_email)
        .post("/sign-in/with/{provider}", Guard::Open, account::go_to_provider)
        .get("/invitations/{secret}", Guard::Link, account::show_invitation)
        .post("/invitations/{secret}", Guard::Link, account::answer_invitation)
        .get("/sign-up/{secret}", Guard::Link, account::show_sign_up)
        .post("/sign-up/{secret}", Guard::Link, account::submit_sign_up)
        .get("/sign-in/with/{provider}/back", Guard::Open, account::come_back)
        .get(url::SIGN_IN_CONFIRM, Guard::Me, account::show_confirm)
        .post(url::SIGN_IN_CONFIRM, Guard::Me, account::submit_confirm)
        .post(url::SIGN_OUT, Guard::Me, account::submit_sign_out);
    item_pages(ticket_pages(repo_pages(settings_pages(people_pages(routes)))))
}

fn people_pages(routes: Routes) -> Routes {
    routes
        .get(url::NEW_ORG, Guard::Me, organisation::new_organisation)
        .post(url::NEW_ORG, Guard::Me, organisation::create_organisation)
        .get("/organisations/{org}/members", Guard::SignedIn, organisation::show_members)
        .post("/organisations/{org}/members", Guard::Org, organisation::change_members)
        .get("/organisations/{org}/leavers/{person}", Guard::Org, organisation::show_member_leaver)
        .post("/organisations/{org}/leavers/{person}", Guard::Org, organisation::release_member)
        .get("/organisations/{org}/policies", Guard::SignedIn, organisation::show_policies)
        .post("/organisations/{org}/policies", Guard::Org, organisation::change_policies)
        .post("/organisations/{org}/policies/lower", Guard::Org, organisation::lower_visibilities)
        .get("/organisations/{org}/settings", Guard::Org, organisation::show_org_settings)
        .post("/organisations/{org}/settings", Guard::Org, organisation::change_org_settings)
        .get(url::APPROVALS, Guard::Me, approvals::show_approvals)
        .post(url::APPROVALS, Guard::Me, approvals::decide_approval)
        .get("/organisations/{org}/teams", Guard::SignedIn, organisation::show_teams)
        .post("/organisations/{org}/teams", Guard::Org, organisation::create_team)
        .get("/organisations/{org}/teams/{team}", Guard::SignedIn, organisation::show_team)
        .post("/organisations/{org}/teams/{team}", Guard::Team, organisation::change_team)
        .get("/organisations/{org}/invitations", Guard::Org, invitations::show_org_invitations)
        .post("/organisations/{org}/invitations", Guard::Org, invitations::change_org_invitations)
        .get(url::ADMIN_INVITATIONS, Guard::Site, invitations::show_site_invitations)
        .post(url::ADMIN_INVITATIONS, Guard::Site, invitations::change_site_invitations)
        .get(url::ADMIN_PROVIDERS, Guard::Site, admin::show_providers)
        .post(url::ADMIN_PROVIDERS, Guard::Site, admin::test_provider)
        .get(url::ADMIN_JOBS, Guard::Site, admin::show_jobs)
        .post(url::ADMIN_JOBS, Guard::Site, admin::change_job)
        .get(url::ADMIN_PEOPLE, Guard::Site, admin::show_people)
        .post(url::ADMIN_PEOPLE, Guard::Site, admin::change_person)
        .get("/admin/people/new", Guard::Site, admin::new_person)
        .post("/admin/people/new", Guard::Site, admin::create_person)
        .get(url::ACCEPTABLE_USE, Guard::SignedIn, terms::show_terms)
        .post(url::ACCEPTABLE_USE, Guard::Me, terms::accept_terms)
        .get(url::ADMIN_ACCEPTABLE_USE, Guard::Site, admin::show_edit_terms)
        .post(url::ADMIN_ACCEPTABLE_USE, Guard::Site, admin::publish_terms)
        .get(url::ADMIN_ORGANISATIONS, Guard::Site, admin::show_organisations)
        .get(url::ADMIN_REGISTER, Guard::Site, admin::show_register)
        .get(url::ADMIN_REPOSITORIES, Guard::Site, admin::show_repositories)
        .get(url::ADMIN_STORAGE, Guard::Site, admin::show_storage)
        .get(url::ADMIN_SETTINGS, Guard::Site, admin::show_settings)
        .get(url::ADMIN_ANNOUNCEMENT, Guard::Site, admin::show_announcement)
        .post(url::ADMIN_ANNOUNCEMENT, Guard::Site, admin::change_announcement)
        .get(url::ADMIN_AUDIT, Guard::Audit, audit::show_audit)
        .get("/admin/audit/export", Guard::Audit, audit::export_audit)
        .get("/organisations/{org}/audit", Guard::OrgAudit, audit::show_org_audit)
        .get("/organisations/{org}/audit/export", Guard::OrgAudit, audit::export_org_audit)
        .get("/admin/people/{person}/second-factor", Guard::Site, admin::show_second_factor)
        .post("/admin/people/{person}/second-factor", Guard::Site, admin::reset_second_factor)
        .get("/admin/people/{person}/duplicate", Guard::Site, admin::show_duplicate)
        .post("/admin/people/{person}/duplicate", Guard::Site, admin::merge_duplicate)
        .get("/admin/people/{person}/delete", Guard::Site, admin::ask_delete_account)
        .post("/admin/people/{person}/delete", Guard::Site, admin::delete_account)
        .get("/admin/leavers/{person}", Guard::Site, admin::show_leaver)
        .post("/admin/leavers/{person}", Guard::Site, admin::hand_over)
        .get("/{owner}", Guard::SignedIn, owner::show_owner)
}

fn settings_pages(routes: Routes) -> Routes {
    routes
        .get(url::SETTINGS, Guard::Me, settings::show_settings)
        .get(url::SETTINGS_PROFILE, Guard::Me, settings::show_profile)
        .post(url::SETTINGS_PROFILE, Guard::Me, settings::change_profile)
        .get(url::SETTINGS_PROVIDERS, Guard::MeRecently, settings::show_providers)
        .post(url::SETTINGS_PROVIDERS, Guard::MeRecently, settings::change_providers)
        .get(url::SETTINGS_NOTIFICATIONS, Guard::Me, settings::show_notification_settings)
        .post(url::SETTINGS_NOTIFICATIONS, Guard::Me, settings::change_notification_settings)
        .get(url::NOTIFICATIONS, Guard::Me, notification::show_notifications)
        .post(url::NOTIFICATIONS, Guard::Me, notification::mark_notifications)
        .get("/feeds/{secret}/notifications", Guard::Feed, feed::show_notification_feed)
        .get("/feeds/{secret}/waiting", Guard::Feed, feed::show_turn_feed)
        .get("/feeds/{secret}/activity/{owner}", Guard::Feed, feed::show_owner_feed)
        .get("/feeds/{secret}/activity/{owner}/{repo}", Guard::Feed, feed::show_repo_feed)
        .get("/unsubscribe/{secret}", Guard::Link, notification::show_unsubscribe)
        .post("/unsubscribe/{secret}", Guard::Link, notification::submit_unsubscribe)
        .get(url::SETTINGS_EMAIL, Guard::MeRecently, settings::show_email)
        .post(url::SETTINGS_EMAIL, Guard::MeRecently, settings::change_email)
        .get(url::SETTINGS_DELETE_ACCOUNT, Guard::MeRecently, settings::ask_delete_account)
        .post(url::SETTINGS_DELETE_ACCOUNT, Guard::MeRecently, settings::delete_account)
        .get(url::SETTINGS_PASSWORD, Guard::MeRecently, settings::show_password)
        .post(url::SETTINGS_PASSWORD, Guard::MeRecently, settings::change_password)
        .get(url::SETTINGS_SECOND_FACTOR, Guard::MeRecently, settings::show_second_factor)
        .post(url::SETTINGS_SECOND_FACTOR, Guard::MeRecently, settings::change_second_factor)
        .get(url::SETTINGS_PASSKEYS, Guard::MeRecently, settings::show_passkeys)
        .post(url::SETTINGS_PASSKEYS, Guard::MeRecently, settings::change_passkeys)
        .post(url::SETTINGS_PASSKEYS_BEGIN, Guard::MeRecently, settings::begin_passkey)
        .get(url::SETTINGS_AUTHENTICATOR, Guard::MeRecently, settings::show_authenticator)
        .post(url::SETTINGS_AUTHENTICATOR, Guard::MeRecently, settings::confirm_authenticator)
        .get(url::SETTINGS_SESSIONS, Guard::Me, settings::show_sessions)
        .post(url::SETTINGS_SESSIONS, Guard::Me, settings::end_sessions)
        .get(url::SETTINGS_TOKENS, Guard::MeRecently, settings::show_tokens)
        .post(url::SETTINGS_TOKENS, Guard::MeRecently, settings::change_tokens)
        .get(url::SETTINGS_FEEDS, Guard::MeRecently, settings::show_feeds)
        .post(url::SETTINGS_FEEDS, Guard::MeRecently, settings::change_feeds)
        .get(url::SETTINGS_SSH_KEYS, Guard::MeRecently, settings::show_ssh_keys)
        .post(url::SETTINGS_SSH_KEYS, Guard::MeRecently, settings::change_ssh_keys)
        .get(url::SETTINGS_GPG_KEYS, Guard::MeRecently, settings::show_gpg_keys)
        .post(url::SETTINGS_GPG_KEYS, Guard::MeRecently, settings::change_gpg_keys)
}

fn repo_pages(routes: Routes) -> Routes {
    let read = Guard::Repo(Permission::Read);
    let write = Guard::Repo(Permission::Write);
    let maintain = Guard::Repo(Permission::Maintain);
    let admin = Guard::Repo(Permission::Admin);
    routes
        .get(url::NEW_REPO, Guard::Me, repo::new_repo)
        .post(url::NEW_REPO, Guard::Owner, repo::create_repo)
        .get("/{owner}/{repo}", read, repo::show_repo)
        .get("/{owner}/{repo}/tree/{*path}", read, repo::show_tree)
        .get("/{owner}/{repo}/blob/{*path}", read, repo::show_blob)
        .get("/{owner}/{repo}/raw/{*path}", read, repo::show_raw)
        .get("/{owner}/{repo}/commits", read, repo::show_commits)
        .get("/{owner}/{repo}/commits/{*path}", read, repo::show_commits)
        .get("/{owner}/{repo}/commit/{id}", read, repo::show_commit)
        .get("/{owner}/{repo}/commit/{id}/pick", write, repo::pick_form)
        .post("/{owner}/{repo}/commit/{id}/pick", write, repo::pick_commit)
        .get("/{owner}/{repo}/commit/{id}/file", read, repo::show_commit_file)
        .get("/{owner}/{repo}/compare", read, repo::choose_compare)
        .get("/{owner}/{repo}/compare/{*pair}", read, repo::show_compare)
        .get("/{owner}/{repo}/activity", read, repo::show_activity)
        .get("/{owner}/{repo}/activity.atom", read, feed::show_activity_feed)
        .get("/{owner}/{repo}/commit/{id}/rendered", read, repo::show_rendered_commit)
        .get("/{owner}/{repo}/branches", read, repo::show_branches)
        .get("/{owner}/{repo}/tags", read, repo::show_tags)
        .get("/{owner}/{repo}/fork", read, repo::new_fork)
        .post("/{owner}/{repo}/fork", read, repo::create_fork)
        .get("/{owner}/{repo}/forks", read, repo::show_forks)
        .get("/{owner}/{repo}/merge-requests/new", read, repo::new_merge_request)
        .post("/{owner}/{repo}/merge-requests/new", read, repo::create_merge_request)
        .get("/{owner}/{repo}/merge-requests/{number}", read, repo::show_merge_request)
        .get("/{owner}/{repo}/merge-requests/{number}/changes", read, repo::show_changes)
        .get("/{owner}/{repo}/merge-requests/{number}/changes/file", read, repo::show_change)
        .get("/{owner}/{repo}/merge-requests/{number}/commit-by-commit", read, repo::show_commit_by_commit)
        .get("/{owner}/{repo}/merge-requests/{number}/rendered", read, repo::show_rendered_change)
        .get("/{owner}/{repo}/merge-requests/{number}/commits", read, repo::show_request_commits)
        .get("/{owner}/{repo}/merge-requests/{number}/versions", read, repo::show_versions)
        .post("/{owner}/{repo}/merge-requests/{number}/review", read, repo::submit_review)
        .post("/{owner}/{repo}/merge-requests/{number}/state", read, repo::change_merge_request)
        .post("/{owner}/{repo}/merge-requests/{number}/people", read, repo::change_merge_request)
        .post("/{owner}/{repo}/merge-requests/{number}/dismiss", read, repo::change_merge_request)
        .post("/{owner}/{repo}/merge-requests/{number}/suggestions", read, repo::change_merge_request)
        .post("/{owner}/{repo}/merge-requests/{number}/viewed", read, repo::change_merge_request)
        .get("/{owner}/{repo}/merge-requests/{number}/conflicts", read, repo::show_conflicts)
        .post("/{owner}/{repo}/merge-requests/{number}/conflicts", read, repo::resolve_conflicts)
        .post("/{owner}/{repo}/merge-requests/{number}/merge", write, repo::merge_merge_request)
        .post("/{owner}/{repo}/merge-requests/{number}/revert", write, repo::revert_merge_request)
        .get("/{owner}/{repo}/archive/{*file}", read, repo::show_archive)
        .get("/{owner}/{repo}/settings", maintain, repo::show_settings)
        .post("/{owner}/{repo}/settings/general", maintain, repo::change_general)
        .post("/{owner}/{repo}/settings/merging", maintain, repo::change_merging)
        .get("/{owner}/{repo}/settings/visibility", admin, repo::show_visibility)
        .post("/{owner}/{repo}/settings/visibility", admin, repo::change_visibility)
        .post("/{owner}/{repo}/settings/rename", admin, repo::rename_repo)
        .get("/{owner}/{repo}/settings/transfer", admin, repo::show_transfer)
        .post("/{owner}/{repo}/settings/transfer", admin, repo::transfer_repo)
        .post("/{owner}/{repo}/settings/archive", admin, repo::archive_repo)
        .get("/{owner}/{repo}/settings/keys", admin, repo::show_deploy_keys)
        .post("/{owner}/{repo}/settings/keys", admin, repo::change_deploy_keys)
        .get("/{owner}/{repo}/why", read, repo::show_why)
        .get("/{owner}/{repo}/owners", read, repo::show_owners)
        .post("/{owner}/{repo}/owners", write, repo::change_owners)
        .get("/{owner}/{repo}/settings/rules", maintain, repo::show_rules)
        .post("/{owner}/{repo}/settings/rules", maintain, repo::change_rules)
        .get("/{owner}/{repo}/settings/access", admin, repo::show_access)
        .post("/{owner}/{repo}/settings/access", admin, repo::change_access)
        .get("/{owner}/{repo}/settings/delete", admin, repo::ask_delete)
        .post("/{owner}/{repo}/settings/delete", admin, repo::delete_repo)
}

fn ticket_pages(routes: Routes) -> Routes {
    let read = Guard::Repo(Permission::Read);
    let write = Guard::Repo(Permission::Write);
    routes
        .get("/{owner}/{repo}/tickets/new", read, repo::new_ticket)
        .post("/{owner}/{repo}/tickets/new", read, repo::open_ticket)
        .get("/{owner}/{repo}/tickets/{number}", read, repo::show_ticket)
        .get("/{owner}/{repo}/labels", read, repo::show_labels)
        .post("/{owner}/{repo}/labels", write, repo::change_labels)
        .get("/{owner}/{repo}/milestones", read, repo::show_milestones)
        .post("/{owner}/{repo}/milestones", write, repo::change_milestones)
}

/// What tickets and merge requests have in common.
fn item_pages(routes: Routes) -> Routes {
    let read = Guard::Repo(Permission::Read);
    let write = Guard::Repo(Permission::Write);
    routes
        .get("/{owner}/{repo}/tickets", read, repo::show_items)
        .get("/{owner}/{repo}/merge-requests", read, repo::show_items)
        .get("/{owner}/{repo}/tickets/{number}/edit", read, repo::show_edit_item)
        .post("/{owner}/{repo}/tickets/{number}/edit", read, repo::edit_item)
        .get("/{owner}/{repo}/merge-requests/{number}/edit", read, repo::show_edit_item)
        .post("/{owner}/{repo}/merge-requests/{number}/edit", read, repo::edit_item)
        .get("/{owner}/{repo}/tickets/{number}/sort", write, repo::show_sort_item)
        .post("/{owner}/{repo}/tickets/{number}/sort", write, repo::sort_item)
        .get("/{owner}/{repo}/merge-requests/{number}/sort", write, repo::show_sort_item)
        .post("/{owner}/{repo}/merge-requests/{number}/sort", write, repo::sort_item)
        .post("/{owner}/{repo}/tickets/{number}/subscription", read, repo::change_subscription)
        .post("/{owner}/{repo}/merge-requests/{number}/subscription", read, repo::change_subscription)
        .post("/{owner}/{repo}/tickets/{number}/comment", read, repo::add_comment)
        .get("/{owner}/{repo}/merge-requests/{number}/comment", read, repo::comment_form)
        .post("/{owner}/{repo}/merge-requests/{number}/comment", read, repo::add_comment)
        .get("/{owner}/{repo}/tickets/{number}/comments/{id}/edit", read, repo::show_edit_comment)
        .post("/{owner}/{repo}/tickets/{number}/comments/{id}/edit", read, repo::edit_comment)
        .post("/{owner}/{repo}/tickets/{number}/comments/{id}/delete", read, repo::delete_comment)
        .get("/{owner}/{repo}/merge-requests/{number}/comments/{id}/edit", read, repo::show_edit_comment)
        .post("/{owner}/{repo}/merge-requests/{number}/comments/{id}/edit", read, repo::edit_comment)
        .post("/{owner}/{repo}/merge-requests/{number}/comments/{id}/delete", read, repo::delete_comment)
        .post("/{owner}/{repo}/merge-requests/{number}/thread", read, repo::change_thread)
        .post("/{owner}/{repo}/watch", read, repo::change_watch)
}

/// Packs pages for the way. Their one secret, the form token, is masked afresh each time.
pub(crate) fn compression() -> CompressionLayer<IsPage> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(IsPage)
}

/// Chooses pages; what people uploaded is sent as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IsPage;

impl Predicate for IsPage {
    fn should_compress<B: Body>(&self, response: &Response<B>) -> bool {
        let kind = response.headers().get(header::CONTENT_TYPE);
        let is_html = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        is_html && response.body().size_hint().lower() > 800
    }
}
