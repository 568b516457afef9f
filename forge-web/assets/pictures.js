// Two pictures on top of each other: one is wiped away, or shines through. Without this they stand side by side.
const ways = [
  ['', 'Side by side'],
  ['swipe', 'Swipe'],
  ['onion', 'Onion skin']
]

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

function start(box, number) {
  const share = make('input', { type: 'range', min: 0, max: 100, value: 50, className: 'forge-pictureways__share' })
  const slider = make('label', { className: 'forge-pictureways__way', hidden: true }, 'Before ', share, ' After')
  share.setAttribute('aria-label', 'How much of the picture after the change is shown')
  const draw = (way) => {
    box.classList.toggle('forge-pictures--over', way !== '')
    for (const [name] of ways) if (name) box.classList.toggle(`forge-pictures--${name}`, way === name)
    slider.hidden = way === ''
    // A wipe leaves so much on the right; what shines through is so strong.
    box.style.setProperty('--hidden-share', `${100 - share.value}%`)
    box.style.setProperty('--shown-share', `${share.value}%`)
  }
  const chosen = () => choices.querySelector('input[type=radio]:checked').value
  const choices = make('fieldset', { className: 'forge-pictureways' }, make('legend', { className: 'nhsuk-u-visually-hidden', textContent: 'How to compare the pictures' }))
  for (const [value, label] of ways) {
    const radio = make('input', { type: 'radio', name: `pictures-${number}`, value, checked: value === '' })
    choices.append(make('label', { className: 'forge-pictureways__way' }, radio, ` ${label}`))
  }
  choices.append(slider)
  choices.addEventListener('input', () => draw(chosen()))
  box.before(choices)
}

export function startPictures() {
  document.querySelectorAll('[data-pictures]').forEach(start)
}
