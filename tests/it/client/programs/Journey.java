// What JGit does in the journeys: java Journey clone|push|fetch ...

import java.io.File;
import java.nio.file.Files;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.PushResult;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

public class Journey {
    private static final CredentialsProvider WHO =
        new UsernamePasswordCredentialsProvider(System.getenv("FORGE_USER"), System.getenv("FORGE_TOKEN"));

    public static void main(String[] words) throws Exception {
        switch (words[0]) {
            case "clone":
                Git.cloneRepository()
                    .setURI(words[1])
                    .setDirectory(new File(words[2]))
                    .setCredentialsProvider(WHO)
                    .call()
                    .close();
                break;
            case "push":
                push(new File(words[1]), words[2]);
                break;
            case "fetch":
                try (Git git = Git.open(new File(words[1]))) {
                    git.fetch().setCredentialsProvider(WHO).setTagOpt(TagOpt.AUTO_FOLLOW).call();
                    System.out.println(git.getRepository().resolve("refs/remotes/origin/main").name());
                }
                break;
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    private static void push(File folder, String name) throws Exception {
        try (Git git = Git.open(folder)) {
            PersonIdent me = new PersonIdent("Test", "test@example.nhs.uk");
            Files.write(new File(folder, name + ".txt").toPath(), ("by " + name + "\n").getBytes("UTF-8"));
            git.add().addFilepattern(name + ".txt").call();
            git.commit().setMessage("Add " + name).setAuthor(me).setCommitter(me).call();
            git.tag().setName("v-" + name).setMessage("Version of " + name).setTagger(me).call();
            Iterable<PushResult> results = git.push()
                .setCredentialsProvider(WHO)
                .setRefSpecs(
                    new RefSpec("refs/heads/main:refs/heads/main"),
                    new RefSpec("refs/tags/v-" + name + ":refs/tags/v-" + name))
                .call();
            for (PushResult result : results) {
                for (RemoteRefUpdate update : result.getRemoteUpdates()) {
                    if (update.getStatus() != RemoteRefUpdate.Status.OK) {
                        throw new IllegalStateException(update.toString());
                    }
                }
            }
        }
    }
}
