// Menus are <details>. This closes them as people expect: by Escape, by a click elsewhere, by opening another.
export function startMenus() {
  const menus = document.querySelectorAll('details.forge-menu')
  const close = (menu) => {
    menu.open = false
  }
  document.addEventListener('click', (event) => {
    for (const menu of menus) if (menu.open && !menu.contains(event.target)) close(menu)
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const menu of menus) {
      if (!menu.open) continue
      const inside = menu.contains(document.activeElement)
      close(menu)
      if (inside) menu.querySelector('summary').focus()
    }
  })
}
