// Buttons for passkeys. Their forms are hidden until this runs, since they do nothing alone.
//
// A form names with data-passkey what to do (`get` or `create`) and with data-begin where the challenge comes from. The
// answer of the device goes into the form's own field, and the form is sent like any other.
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0))

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

function readOptions({ publicKey }) {
  const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }))
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) }
  if (publicKey.user) options.user = { ...publicKey.user, id: bytes(publicKey.user.id) }
  options.allowCredentials = known(publicKey.allowCredentials)
  options.excludeCredentials = known(publicKey.excludeCredentials)
  return { publicKey: options }
}

function writeAnswer({ id, rawId, type, response }) {
  const parts = { clientDataJSON: text(response.clientDataJSON) }
  for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (response[name]) parts[name] = text(response[name])
  }
  return JSON.stringify({ id, rawId: text(rawId), type, response: parts })
}

async function ask(form) {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value })
  const begun = await fetch(form.dataset.begin, { method: 'POST', body })
  if (!begun.ok) throw new Error('no challenge')
  const options = readOptions(await begun.json())
  const does = form.dataset.passkey === 'create' ? 'create' : 'get'
  form.elements.answer.value = writeAnswer(await navigator.credentials[does](options))
  form.submit()
}

export function startPasskeys() {
  if (!window.PublicKeyCredential) return
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const status = form.querySelector('[role=status]')
    form.hidden = false
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      status.textContent = 'Follow what your browser says.'
      ask(form).catch(() => {
        status.textContent = 'No passkey was used. Try again, or use another way.'
      })
    })
  }
}
