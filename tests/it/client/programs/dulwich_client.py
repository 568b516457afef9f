"""What Dulwich does in the journeys: dulwich_client.py clone|push|fetch|shallow ..."""

import os
import sys

from dulwich import porcelain
from dulwich.config import ConfigFile, StackedConfig
from dulwich.repo import Repo

ME = b"Test <test@example.nhs.uk>"


def config():
    """Nobody's settings but the authority whose certificates are believed."""
    file = ConfigFile()
    if authority := os.environ.get("FORGE_AUTHORITY"):
        file.set((b"http",), b"sslCAInfo", authority.encode())
    return StackedConfig([file])


def credentials(remote):
    if remote.startswith("ssh:"):
        return {}
    return {"username": os.environ["FORGE_USER"], "password": os.environ["FORGE_TOKEN"]}


def believe(folder):
    """Writes the authority into a repository, where later commands look for it."""
    if authority := os.environ.get("FORGE_AUTHORITY"):
        with Repo(folder) as repo:
            settings = repo.get_config()
            settings.set((b"http",), b"sslCAInfo", authority.encode())
            settings.write_to_path()


def push(folder, name):
    path = os.path.join(folder, name + ".txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"by {name}\n")
    with Repo(folder) as repo:
        remote = repo.get_config().get((b"remote", b"origin"), b"url").decode()
        porcelain.add(repo, paths=[path])
        when = {"author_timestamp": 1767323045, "author_timezone": 0}
        commit = {"committer": ME, "commit_timestamp": 1767323045, "commit_timezone": 0, **when}
        repo.get_worktree().commit(message=f"Add {name}".encode(), author=ME, **commit)
        tag = {"author": ME, "message": f"Version of {name}\n", "annotated": True}
        porcelain.tag_create(repo, f"v-{name}", tag_time=1767323045, tag_timezone=0, **tag)
        refs = ["refs/heads/main:refs/heads/main", f"refs/tags/v-{name}:refs/tags/v-{name}"]
        result = porcelain.push(repo, remote, refs, **credentials(remote))
        failed = {ref: status for ref, status in ((result and result.ref_status) or {}).items() if status}
        if failed:
            raise SystemExit(f"refused: {failed}")


def main(verb, *words):
    if verb in ("clone", "shallow"):
        depth = 1 if verb == "shallow" else None
        porcelain.clone(words[0], words[1], depth=depth, config=config(), **credentials(words[0])).close()
        believe(words[1])
    elif verb == "push":
        push(*words)
    elif verb == "fetch":
        with Repo(words[0]) as repo:
            remote = repo.get_config().get((b"remote", b"origin"), b"url").decode()
            porcelain.fetch(repo, "origin", **credentials(remote))
            print(repo.refs[b"refs/remotes/origin/main"].decode())
    else:
        raise SystemExit(f"{verb}: not a verb")


main(*sys.argv[1:])
