// Buttons that copy the text of another element. They are hidden until this runs, since they do nothing alone.
export function startCopyButtons() {
  if (!navigator.clipboard) return
  for (const button of document.querySelectorAll('button[data-copy]')) {
    const source = document.getElementById(button.dataset.copy)
    if (!source) continue
    const label = button.textContent
    const status = document.createElement('span')
    status.className = 'nhsuk-u-visually-hidden'
    status.setAttribute('role', 'status')
    button.after(status)
    button.hidden = false
    button.addEventListener('click', async () => {
      let said = 'Copied'
      try {
        await navigator.clipboard.writeText(source.value ?? source.textContent)
      } catch {
        said = 'Could not copy'
      }
      button.textContent = said
      status.textContent = said
      setTimeout(() => {
        button.textContent = label
        status.textContent = ''
      }, 2000)
    })
  }
}
