// What isomorphic-git does in the journeys: node isomorphic.cjs clone|push|fetch|shallow ...

const fs = require('fs')
const path = require('path')
const git = require('isomorphic-git')
const http = require('isomorphic-git/http/node')

const me = { name: 'Test', email: 'test@example.nhs.uk' }
const onAuth = () => ({ username: process.env.FORGE_USER, password: process.env.FORGE_TOKEN })

async function push(dir, name) {
  fs.writeFileSync(path.join(dir, `${name}.txt`), `by ${name}\n`)
  await git.add({ fs, dir, filepath: `${name}.txt` })
  await git.commit({ fs, dir, message: `Add ${name}`, author: me, committer: me })
  await git.annotatedTag({ fs, dir, ref: `v-${name}`, message: `Version of ${name}\n`, tagger: me })
  for (const ref of ['refs/heads/main', `refs/tags/v-${name}`]) {
    const result = await git.push({ fs, http, dir, ref, remoteRef: ref, remote: 'origin', onAuth })
    if (!result.ok || Object.values(result.refs).some((fate) => !fate.ok)) {
      throw new Error(JSON.stringify(result))
    }
  }
}

async function main(verb, ...words) {
  if (verb === 'clone') {
    await git.clone({ fs, http, url: words[0], dir: words[1], onAuth })
  } else if (verb === 'shallow') {
    await git.clone({ fs, http, url: words[0], dir: words[1], onAuth, depth: 1, singleBranch: true })
  } else if (verb === 'push') {
    await push(words[0], words[1])
  } else if (verb === 'fetch') {
    await git.fetch({ fs, http, dir: words[0], remote: 'origin', onAuth, tags: true })
    console.log(await git.resolveRef({ fs, dir: words[0], ref: 'refs/remotes/origin/main' }))
  } else {
    throw new Error(`${verb}: not a verb`)
  }
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exit(1)
})
