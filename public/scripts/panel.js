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
// watched leads there, or is asked for again. Where somebody types, what stood there before must not be taken for the
// answer. Only where a piece of a page is asked for is it one, and nothing outside of its middle is read.
document.addEventListener('htmx:after:request', (event) => {
  const { ctx } = event.detail;
  const { status, raw } = ctx.response;
  const isWhole = /^\s*<!doctype/i.test(ctx.text);
  if (status < 400 && !isWhole) return;
  if (status < 400 && ctx.select && !raw.redirected) {
    ctx.text = /<main[\s\S]*<\/main>/.exec(ctx.text)?.[0] ?? '';
    return;
  }
  event.preventDefault();
  if (!isWatched(ctx)) explain(ctx.target, status < 400 ? signedOut() : [away]);
  else if (status < 400) location.reload();
});

document.addEventListener('htmx:error', ({ detail: { ctx } }) => {
  if (ctx?.target && !isWatched(ctx)) explain(ctx.target, [away]);
});

const away = 'This could not be looked up just now. Please try again in a moment.';

function signedOut() {
  const link = document.createElement('a');
  link.href = '/sign-in';
  link.textContent = 'Sign in again';
  return ['You were signed out meanwhile. ', link];
}

function isWatched({ sourceElement }) {
  return sourceElement.getAttribute('hx-trigger')?.startsWith('every') ?? false;
}

function explain(place, words) {
  const said = document.createElement('p');
  said.className = 'warning';
  said.setAttribute('role', 'status');
  said.append(...words);
  place.replaceChildren(said);
}
