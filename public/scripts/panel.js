// Staff pages: htmx attributes in the views add live search, previews and progress. Without JavaScript they are plain
// forms and links. The htmx settings are in the page's head, because htmx reads them before this script runs.
import 'htmx.org';
import './select-rows.js';
import './use-suggestion.js';

// On a phone the navigation is wider than the screen: scroll to the current page.
document
  .querySelector('.staff-navigation [aria-current]')
  ?.scrollIntoView({ block: 'nearest', inline: 'center' });

// If the response is a complete page instead of a fragment, the session has ended or the server failed. Polling requests then
// reload the page, or are repeated. Other requests replace their target by an explanation, so that outdated content isn't
// mistaken for the result. A request with hx-select expects a complete page; only its <main> is used.
document.addEventListener('htmx:after:request', (event) => {
  const { ctx } = event.detail;
  const { status, raw } = ctx.response;
  const isCompletePage = /^\s*<!doctype/i.test(ctx.text);
  if (status < 400 && !isCompletePage) return;
  if (status < 400 && ctx.select && !raw.redirected) {
    ctx.text = /<main[\s\S]*<\/main>/.exec(ctx.text)?.[0] ?? '';
    return;
  }
  event.preventDefault();
  if (!isPolling(ctx)) explain(ctx.target, status < 400 ? signedOutMessage() : [texts.unavailable]);
  else if (status < 400) location.reload();
});

document.addEventListener('htmx:error', ({ detail: { ctx } }) => {
  if (ctx?.target && !isPolling(ctx)) explain(ctx.target, [texts.unavailable]);
});

const texts = JSON.parse(document.body.dataset.texts);

function signedOutMessage() {
  const link = document.createElement('a');
  link.href = '/sign-in';
  link.textContent = texts.signInAgain;
  return [`${texts.signedOut} `, link];
}

function isPolling({ sourceElement }) {
  return sourceElement.getAttribute('hx-trigger')?.startsWith('every') ?? false;
}

function explain(target, content) {
  const message = document.createElement('p');
  message.className = 'warning';
  message.setAttribute('role', 'status');
  message.append(...content);
  target.replaceChildren(message);
}
