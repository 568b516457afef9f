"""What libgit2 does in the journeys: libgit2.py clone|push|fetch|shallow ..."""

import os
import sys

import pygit2

ME = pygit2.Signature("Test", "test@example.nhs.uk")


class Callbacks(pygit2.RemoteCallbacks):
    def credentials(self, url, username_from_url, allowed_types):
        if allowed_types & pygit2.enums.CredentialType.SSH_KEY:
            key = os.environ["FORGE_KEY"]
            return pygit2.Keypair("git", key + ".pub", key, "")
        return pygit2.UserPass(os.environ["FORGE_USER"], os.environ["FORGE_TOKEN"])

    def certificate_check(self, certificate, valid, host):
        # A host key that nobody told it about; certificates of HTTPS are checked against the authority below.
        return True if certificate is None else valid

    def push_update_reference(self, refname, message):
        if message is not None:
            raise SystemExit(f"{refname}: {message}")


def push(folder, name):
    repo = pygit2.Repository(folder)
    with open(os.path.join(folder, name + ".txt"), "w", encoding="utf-8") as file:
        file.write(f"by {name}\n")
    repo.index.add(name + ".txt")
    repo.index.write()
    tree = repo.index.write_tree()
    commit = repo.create_commit("refs/heads/main", ME, ME, f"Add {name}\n", tree, [repo.head.target])
    repo.create_tag(f"v-{name}", commit, pygit2.enums.ObjectType.COMMIT, ME, f"Version of {name}\n")
    refs = ["refs/heads/main:refs/heads/main", f"refs/tags/v-{name}:refs/tags/v-{name}"]
    repo.remotes["origin"].push(refs, callbacks=Callbacks())


def main(verb, *words):
    if authority := os.environ.get("FORGE_AUTHORITY"):
        pygit2.settings.set_ssl_cert_locations(authority, None)
    if verb == "clone":
        pygit2.clone_repository(words[0], words[1], callbacks=Callbacks())
    elif verb == "shallow":
        pygit2.clone_repository(words[0], words[1], callbacks=Callbacks(), depth=1)
    elif verb == "push":
        push(*words)
    elif verb == "fetch":
        repo = pygit2.Repository(words[0])
        repo.remotes["origin"].fetch(callbacks=Callbacks())
        print(repo.references["refs/remotes/origin/main"].target)
    else:
        raise SystemExit(f"{verb}: not a verb")


main(*sys.argv[1:])
