//! Pages of coming in, with made-up values.

use askama::Template;

use super::account::{ChangeEmail, Confirm, GoOn, RequestReset, ResetPassword, SecondFactor, Setup, SignIn};
use super::invitation::{Invitation, InvitationRow, Invitations, SignUp};
use super::sample::{Add, Flavour};
use super::settings::{self, Authenticator, PasskeyRow, Passkeys, RecoveryCodes};
use crate::view::{Choice, QrCode};

pub(super) fn account(f: Flavour, add: &mut Add<'_>) {
    let setup = Setup {
        page: f.nobody("/setup/x"),
        action: f.url("/setup/x"),
        errors: f.errors(&[("username", "Enter a username"), ("password", "Use at least 15 characters")]),
        username: f.maybe("a-shah"),
        name: f.maybe("Amina Shah"),
        email: f.maybe("amina.shah@example.nhs.uk"),
    };
    add("setup", setup.render());
    let sign_in = SignIn {
        page: f.nobody("/sign-in"),
        errors: f.errors(&[("username", "The username or the password is wrong")]),
        username: f.maybe("a-shah"),
        has_passkeys: f != Flavour::Empty,
        providers: f.list(vec![f.link("Sign in with NHSmail", "/sign-in/with/nhsmail")]),
        then: f.url("/anytown-hospitals/bed-occupancy"),
    };
    add("sign-in", sign_in.render());
    let request = RequestReset {
        page: f.nobody("/sign-in/reset"),
        errors: f.errors(&[("email", "Enter an email address")]),
        email: f.maybe("amina.shah@example.nhs.uk"),
    };
    add("request-reset", request.render());
    let reset = ResetPassword {
        page: f.nobody("/sign-in/reset/x"),
        errors: f.errors(&[("password", "Use at least 15 characters")]),
        action: f.url("/sign-in/reset/x"),
        username: f.text("a-shah"),
    };
    add("reset-password", reset.render());
    let change = ChangeEmail {
        page: f.nobody("/sign-in/email/x"),
        action: f.url("/sign-in/email/x"),
        username: f.text("a-shah"),
        email: f.text("amina.shah@example.nhs.uk"),
    };
    add("change-email", change.render());
    let linked = |label: &str| settings::LinkedRow {
        label: f.text(label),
        issuer: f.text("https://login.example.nhs.uk"),
        subject: f.text("s"),
        since: f.when("3 days ago"),
        last_used: f.option(f.when("2 minutes ago")),
    };
    let choice = |label: &str| Choice { value: f.text("nhsmail"), label: f.text(label), ..Choice::default() };
    let providers = settings::Providers {
        page: f.page("/settings/linked-sites"),
        errors: f.errors(&[("", "Signing in did not work")]),
        linked: f.list(vec![linked("NHSmail")]),
        offered: f.list(vec![choice("NHSmail"), choice("Care Identity")]),
    };
    add("settings-linked-sites", providers.render());
    let lost = super::admin::SecondFactor {
        page: f.page("/admin/people"),
        action: f.url("/x"),
        name: f.text("Amina Shah"),
        username: f.text("a-shah"),
        is_set_up: f != Flavour::Empty,
        app_since: f.option(f.when("3 days ago")),
        passkeys: "2 passkeys".to_owned(),
        recovery_codes: "8 recovery codes".to_owned(),
    };
    add("admin-second-factor", lost.render());
    let offered = f.list(vec![choice("NHSmail")]);
    add("admin-sign-in", super::admin::Providers { page: f.page("/admin/sign-in"), offered }.render());
    let claims = super::admin::Claims {
        page: f.page("/admin/sign-in"),
        understood: vec![
            super::admin::ClaimRow { label: "Name", value: f.maybe("Amina Shah") },
            super::admin::ClaimRow { label: "ODS codes", value: f.maybe("RR8, FCE71") },
        ],
        is_strong: f != Flavour::Empty,
        received: f.text("{ \"sub\": \"s\" }"),
    };
    add("admin-claims", claims.render());
    let go_on = GoOn { page: f.nobody("/sign-in"), label: f.text("NHSmail"), to: f.url("/x") };
    add("go-on", go_on.render());
    let email = settings::Email {
        page: f.page("/settings/email"),
        errors: f.errors(&[("email", "Enter an email address")]),
        current: f.text("amina.shah@example.nhs.uk"),
        email: f.maybe("a.shah@example.nhs.uk"),
    };
    add("settings-email", email.render());
}

pub(super) fn feeds(f: Flavour, add: &mut Add<'_>) {
    let feeds = settings::Feeds {
        page: f.page("/settings/feeds"),
        tokens: f.list(vec![settings::TokenRow {
            id: f.text("1"),
            name: f.text("Thunderbird"),
            from: f.option(f.text("192.0.2.0/24")),
            created: f.when("3 May 2026"),
            last_used: f.option(f.when("2 minutes ago")),
            expires: f.option(f.when("3 May 2027")),
            ..settings::TokenRow::default()
        }]),
        errors: f.errors(&[("name", "Enter a name"), ("lifetime", "Choose how long they live")]),
        name: f.maybe("Thunderbird"),
        lifetimes: vec![f.choice("90", "90 days", "", true), f.choice("365", "1 year", "", false)],
        of: f.maybe("rr8/beds"),
    };
    add("settings-feeds", feeds.render());
    let address = |id, label: &str, path: &str| settings::FeedAddress {
        id,
        label: f.text(label),
        url: f.url(&format!("https://forge.example.nhs.uk/feeds/forge_sample00000000000/{path}")),
    };
    let made = settings::FeedMade {
        page: f.page("/settings/feeds"),
        name: f.text("Thunderbird"),
        addresses: vec![
            address("notifications", "What you are told of", "notifications"),
            address("waiting", "What waits for you", "waiting"),
        ],
    };
    add("settings-feed-made", made.render());
}

pub(super) fn second_factor(f: Flavour, add: &mut Add<'_>) {
    let factor = settings::SecondFactor {
        page: f.page("/settings/second-factor"),
        errors: f.errors(&[("", "You must have a second factor here")]),
        is_set_up: f != Flavour::Empty,
        app_since: f.option(f.when("3 days ago")),
        recovery_codes: 9,
        is_demanded: f != Flavour::Full,
    };
    add("settings-second-factor", factor.render());
    let app = Authenticator {
        page: f.page("/settings/second-factor/app"),
        errors: f.errors(&[("code", "This is not the code that the app shows")]),
        picture: QrCode::of("otpauth://totp/Forge:a-shah?secret=MZXW6YTB").unwrap(),
        secret: f.text("MZXW 6YTB"),
    };
    add("settings-authenticator", app.render());
    let codes = RecoveryCodes {
        page: f.page("/settings/second-factor"),
        codes: vec![f.text("abcd-efgh-ijkl-mnop"), f.text("abcd-efgh-ijkl-mnoq")],
    };
    add("settings-recovery-codes", codes.render());
    let row = |name: &str| PasskeyRow {
        id: f.text("1"),
        name: f.text(name),
        added: f.when("3 days ago"),
        last_used: f.option(f.when("2 minutes ago")),
    };
    let passkeys = Passkeys {
        page: f.page("/settings/passkeys"),
        errors: f.errors(&[("name", "Enter a name")]),
        are_offered: true,
        passkeys: f.list(vec![row("Work laptop"), row("Phone")]),
        name: f.maybe("Security key"),
    };
    add("settings-passkeys", passkeys.render());
    let confirm = Confirm {
        page: f.page("/sign-in/confirm"),
        errors: f.errors(&[("password", "This is not your password")]),
        username: f.text("a-shah"),
        has_password: f != Flavour::Empty,
        providers: f.list(vec![Choice { label: f.text("NHSmail"), ..Choice::default() }]),
        has_second_factor: f != Flavour::Empty,
        has_passkeys: f != Flavour::Empty,
        then: f.url("/settings/password"),
    };
    add("confirm", confirm.render());
    let second = SecondFactor {
        page: f.nobody("/sign-in/second-factor"),
        errors: f.errors(&[("code", "The code is not right")]),
        app: f != Flavour::Empty,
        has_passkeys: f != Flavour::Empty,
        then: f.url("/a-shah"),
    };
    add("second-factor", second.render());
}

pub(super) fn invitations(f: Flavour, add: &mut Add<'_>) {
    let row = |state, is_open| InvitationRow {
        id: f.text("1"),
        email: f.maybe("amina.shah@example.nhs.uk"),
        joins: f.maybe("Anytown Hospitals: Reader"),
        inviter: f.maybe("Olive Green"),
        since: f.when("3 days ago"),
        ends: f.when("in 4 days"),
        is_open,
        state,
    };
    let list = |organisation: String| Invitations {
        page: f.page("/admin/invitations"),
        organisation,
        organisation_url: f.url("/anytown-hospitals"),
        action: f.url("/admin/invitations"),
        is_allowed: f != Flavour::Empty,
        link: f.maybe("https://forge.example.nhs.uk/invitations/0"),
        errors: f.errors(&[("email", "Enter an email address"), ("days", "Enter a number of days")]),
        email: f.maybe("amina.shah@example.nhs.uk"),
        days: f.text("7"),
        roles: f.list(vec![f.choice("reader", "Reader", "Sees all its repositories", true)]),
        invitations: f.list(vec![row("Open", true), row("Used", false)]),
    };
    add("admin-invitations", list(String::new()).render());
    add("organisation-invitations", list(f.text("Anytown Hospitals")).render());
    for username in [String::new(), f.text("a-shah")] {
        let invitation = Invitation {
            page: f.nobody("/invitations/x"),
            errors: f.errors(&[("", "You are a member already")]),
            action: f.url("/invitations/x"),
            place: f.text("Anytown Hospitals"),
            inviter: f.maybe("Olive Green"),
            role: f.maybe("reader"),
            email: f.maybe("amina.shah@example.nhs.uk"),
            sign_in_url: f.url("/sign-in"),
            can_join: f != Flavour::Empty,
            providers: f.list(vec![f.choice("nhsmail", "NHSmail", "", false)]),
            username: username.clone(),
        };
        add(if username.is_empty() { "invitation" } else { "invitation-signed-in" }, invitation.render());
    }
    for (name, is_proven, is_sent) in
        [("sign-up", true, false), ("sign-up-email", false, false), ("sign-up-sent", false, true)]
    {
        let sign_up = SignUp {
            page: f.nobody("/sign-up/x"),
            errors: f.errors(&[("email", "Enter an email address"), ("username", "This name is taken")]),
            action: f.url("/sign-up/x"),
            is_proven,
            is_sent,
            email: f.text("amina.shah@example.nhs.uk"),
            username: f.maybe("a-shah"),
            name: f.maybe("Amina Shah"),
            has_identity: f == Flavour::Full,
        };
        add(name, sign_up.render());
    }
}
