// Starts the small scripts. Every page works without them.
import { initAll } from './vendor/nhsuk-frontend/nhsuk-frontend.min.js'
import { startChanges } from './changes.js'
import { startCopyButtons } from './copy.js'
import { startMenus } from './menu.js'
import { startPasskeys } from './passkeys.js'
import { startPictures } from './pictures.js'

document.body.classList.add('js-enabled')
if ('noModule' in HTMLScriptElement.prototype) document.body.classList.add('nhsuk-frontend-supported')
initAll()
startChanges()
startCopyButtons()
startMenus()
startPasskeys()
startPictures()
