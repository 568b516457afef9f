// A site that vouches for people, made of the OpenID provider of the panva project: node provider.mjs MODULES FOLDER
//
// It says `at PORT` when it listens, takes one line of JSON for each order, and says `done` after it. The first order says
// where the forge is. Later ones say in which way the site misbehaves from now on.

import crypto from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import readline from 'node:readline'
import { pathToFileURL } from 'node:url'

const [, , modules, folder] = process.argv
const load = (file) => import(pathToFileURL(path.join(modules, file)).href)
const { default: Provider } = await load('oidc-provider/lib/index.js')

// What the library remarks on is nobody's answer.
console.info = console.error
console.warn = console.error

// The forge may be told a later time than the computer's: so is the site.
let ahead = 0
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...words) {
    if (words.length) super(...words)
    else super(RealDate.now() + ahead * 1000)
  }

  static now() {
    return RealDate.now() + ahead * 1000
  }
}

const people = {
  amina: { name: 'Amina Shah', email: 'amina.shah@example.nhs.uk', roles: [{ org_code: 'RR8' }, { org_code: 'fce71' }] },
  olive: { name: 'Somebody else', email: 'olive@example.nhs.uk', email_verified: false, roles: [] },
}
let fault = ''
let acr = 'AAL1'

// How the forge proves with a key of its own who it is.
const ours = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
fs.writeFileSync(path.join(folder, 'client.pem'), ours.privateKey.export({ type: 'pkcs8', format: 'pem' }))
// What the site signs with, and a key that nobody knows.
const keys = ['one', 'two'].map((kid) => {
  const pair = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { pair, kid }
})
const known = { ...keys[0].pair.privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

// The token with other claims, signed as the site signs or in some wrong way.
function twisted(token) {
  const [head, body] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')))
  const changes = {
    nonce: { nonce: 'another' },
    aud: { aud: 'another' },
    iss: { iss: 'https://evil.example' },
    expired: { exp: body.iat - 3600, iat: body.iat - 7200 },
    azp: { aud: [body.aud, 'another'] },
  }
  Object.assign(body, changes[fault])
  if (fault === 'none') return `${encode({ alg: 'none' })}.${encode(body)}.`
  const message = `${encode(head)}.${encode(body)}`
  const key = fault === 'key' ? keys[1].pair.privateKey : keys[0].pair.privateKey
  if (fault === 'hmac') {
    const secret = keys[0].pair.publicKey.export({ type: 'spki', format: 'pem' })
    const forged = `${encode({ alg: 'HS256', kid: 'one' })}.${encode(body)}`
    return `${forged}.${crypto.createHmac('sha256', secret).update(forged).digest('base64url')}`
  }
  return `${message}.${crypto.sign('sha256', Buffer.from(message), key).toString('base64url')}`
}

function site(issuer, redirects) {
  const client = (id, more) => ({
    client_id: id, client_secret: 'of the forge', redirect_uris: redirects[id], grant_types: ['authorization_code'], ...more,
  })
  const jwk = { ...ours.publicKey.export({ format: 'jwk' }), kid: 'ours', use: 'sig', alg: 'ES256' }
  const provider = new Provider(issuer, {
    clients: [
      client('post', { token_endpoint_auth_method: 'client_secret_post' }),
      client('basic', { token_endpoint_auth_method: 'client_secret_basic' }),
      client('key', {
        client_secret: undefined, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] },
        token_endpoint_auth_signing_alg: 'ES256',
      }),
    ],
    jwks: { keys: [known] },
    acrValues: ['AAL1', 'AAL2'],
    claims: { openid: ['sub', 'acr', 'auth_time'], profile: ['name', 'roles'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    cookies: { keys: ['of the tests'] },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    async loadExistingGrant(ctx) {
      const { client, session } = ctx.oidc
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
  })
  provider.use(async (ctx, next) => {
    const uid = ctx.path.match(/^\/interaction\/[^/]+$/)
    if (!uid) {
      await next()
      if (ctx.oidc?.route === 'token' && ctx.body?.id_token && fault) ctx.body.id_token = twisted(ctx.body.id_token)
      if (ctx.oidc?.route === 'userinfo' && fault === 'userinfo') ctx.body = { ...ctx.body, sub: 'olive' }
      return
    }
    if (ctx.method === 'GET') {
      ctx.type = 'html'
      ctx.body = '<!doctype html><title>Site</title><form method="post"><label>Who <input name="login"></label><button>Go</button></form>'
      return
    }
    let text = ''
    for await (const part of ctx.req) text += part
    const login = { accountId: new URLSearchParams(text).get('login'), acr }
    await provider.interactionFinished(ctx.req, ctx.res, { login }, { mergeWithLastSubmission: false })
    ctx.respond = false
  })
  provider.on('server_error', (_, error) => console.error(error))
  return provider.callback()
}

let answer = (_, response) => response.writeHead(503).end()
const server = http.createServer((request, response) => answer(request, response))
server.listen(0, '127.0.0.1', () => console.log(`at ${server.address().port}`))
for await (const line of readline.createInterface({ input: process.stdin })) {
  const order = JSON.parse(line)
  if (order.redirects) answer = site(`http://127.0.0.1:${server.address().port}`, order.redirects)
  if (order.fault !== undefined) fault = order.fault
  if (order.acr !== undefined) acr = order.acr
  if (order.ahead !== undefined) ahead = order.ahead
  console.log('done')
}
process.exit(0)
