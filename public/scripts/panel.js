// The staff's pages: live searches, previews and progress by htmx attributes in the views. Without it they are plain
// forms and links. Its settings stand in the page's head, as it reads them before anything here could run.
import 'htmx.org';
import './choose-rows.js';
import './take-over.js';

// On a phone the row of places is longer than the screen: it begins where one is.
document
  .querySelector('.staff-navigation [aria-current]')
  ?.scrollIntoView({ block: 'nearest', inline: 'center' });

// A whole page is no part of this one: somebody was signed out meanwhile, or the site is away. Progress that is only
// watched leads there; what is being typed stays, and is told when it is sent.
document.addEventListener('htmx:after:request', (event) => {
  const { response, text, sourceElement } = event.detail.ctx;
  if (!/^\s*<!doctype/i.test(text)) return;
  event.preventDefault();
  const isWatched = sourceElement.getAttribute('hx-trigger')?.startsWith('every');
  if (isWatched && response.status < 400) location.reload();
});
