// Changed files: what is folded comes when it is opened, more lines come in place, and the tree is filtered while one types. Every
// link leads to a page that shows the same without this.
const LEAST = 300

const later = async (url, id) => {
  const section = document.getElementById(id)
  if (!section || section.ariaBusy === 'true') return
  section.ariaBusy = 'true'
  try {
    const answer = await fetch(url, { headers: { accept: 'text/html' } })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const found = answer.ok && page.getElementById(id)
    if (!found) throw new Error('no such file')
    const fold = found.querySelector('details.forge-fold')
    if (fold) fold.open = true
    section.replaceWith(document.adoptNode(found))
    found.tabIndex = -1
    found.focus({ preventScroll: true })
  } catch {
    location.assign(url)
  }
}

const filter = (input) => {
  const tree = document.getElementById(input.dataset.filter)
  if (!tree) return
  const status = document.createElement('p')
  status.className = 'nhsuk-u-visually-hidden'
  status.setAttribute('role', 'status')
  input.closest('form').append(status)
  let waiting
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase()
    let shown = 0
    for (const item of tree.querySelectorAll('li[data-path]')) {
      item.hidden = !item.dataset.path.toLowerCase().includes(wanted)
      if (!item.hidden) shown += 1
    }
    for (const folder of [...tree.querySelectorAll('li:has(> details)')].reverse()) {
      folder.hidden = !folder.querySelector('li[data-path]:not([hidden])')
    }
    clearTimeout(waiting)
    waiting = setTimeout(() => {
      status.textContent = shown === 1 ? '1 file' : `${shown} files`
    }, LEAST)
  })
}

export function startChanges() {
  document.addEventListener(
    'toggle',
    (event) => {
      const fold = event.target
      if (fold.open && fold.dataset?.later) later(fold.dataset.later, fold.dataset.into)
    },
    true
  )
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[data-into]')
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    later(link.href, link.dataset.into)
  })
  for (const input of document.querySelectorAll('input[data-filter]')) filter(input)
}
