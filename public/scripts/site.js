// Progressive enhancement: every page works without it.
const DOUBLE_CLICK_MS = 4000;
const COPIED_FOR_MS = 3000;
const texts = JSON.parse(document.body.dataset.texts);

document.querySelector('.error-summary')?.focus();
for (const button of document.querySelectorAll('[data-reveal]')) setUpReveal(button);
for (const button of document.querySelectorAll('[data-copy]')) setUpCopy(button);
for (const menu of document.querySelectorAll('details.menu')) setUpMenu(menu);
for (const form of document.querySelectorAll('[data-fill-name]')) setUpNameFilling(form);
document.addEventListener('submit', confirmSubmit);
document.addEventListener('submit', preventDoubleSubmit);
// A page restored from the back/forward cache must be submittable again.
window.addEventListener('pageshow', () => {
  for (const form of document.forms) release(form);
});

/** A button that shows or hides a password. */
function setUpReveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  const show = (visible) => {
    field.type = visible ? 'text' : 'password';
    button.textContent = visible ? button.dataset.hide : button.dataset.show;
    button.setAttribute('aria-label', visible ? button.dataset.hideLabel : button.dataset.showLabel);
  };
  button.addEventListener('click', () => show(field.type === 'password'));
  // Submitted as a text field, it would be added to the browser's autocomplete history.
  field.form?.addEventListener('submit', () => show(false));
  show(false);
  button.hidden = false;
}

/** Fills in the name of the record that is answered with "This is me", unless another name was typed. */
function setUpNameFilling(form) {
  const field = form.elements.namedItem('name');
  const names = [...form.querySelectorAll('[data-record-name]')].map(({ dataset }) => dataset.recordName);
  form.addEventListener('change', ({ target }) => {
    if (!field || !target.name.startsWith('records[') || !['', ...names].includes(field.value)) return;
    const own = form.querySelector('[data-record-name] [value="self"]:checked');
    field.value = own?.closest('[data-record-name]').dataset.recordName ?? '';
  });
}

function setUpCopy(button) {
  const field = document.getElementById(button.dataset.copy);
  const status = document.getElementById(`${field.id}-copied`);
  button.addEventListener('click', async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      status.textContent = status.dataset.copied;
    } catch {
      status.textContent = status.dataset.selected;
    }
    setTimeout(() => {
      status.textContent = '';
    }, COPIED_FOR_MS);
  });
  field.addEventListener('focus', () => field.select());
  button.hidden = false;
}

function setUpMenu(menu) {
  document.addEventListener('click', ({ target }) => {
    if (!menu.contains(target)) menu.open = false;
  });
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
}

/** Shows a confirmation dialog before submitting a form or button with `data-confirm`. */
function confirmSubmit(event) {
  const { target: form, submitter } = event;
  const question = submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question === undefined || form.dataset.confirmed === 'yes') {
    delete form.dataset.confirmed;
    return;
  }
  event.preventDefault();
  const label = submitter?.textContent.trim() || texts.yes;
  openDialog(question, label, submitter?.classList.contains('btn-danger')).then((agreed) => {
    if (!agreed) return;
    form.dataset.confirmed = 'yes';
    form.requestSubmit(submitter);
  });
}

function openDialog(question, label, isFinal) {
  const dialog = document.createElement('dialog');
  const text = element('p', '', question);
  text.id = 'question';
  dialog.setAttribute('aria-labelledby', text.id);
  const buttons = element('form', 'actions');
  buttons.method = 'dialog';
  const yes = element('button', isFinal ? 'btn btn-danger' : 'btn btn-primary', label);
  yes.value = 'yes';
  const no = element('button', 'btn btn-secondary', texts.cancel);
  no.autofocus = true;
  buttons.append(yes, no);
  dialog.append(text, buttons);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue === 'yes');
      dialog.remove();
    });
  });
}

/** Ignores the second click of a double click. */
function preventDoubleSubmit(event) {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (form.dataset.sending === 'yes') {
    event.preventDefault();
    return;
  }
  form.dataset.sending = 'yes';
  submitter?.setAttribute('aria-disabled', 'true');
  setTimeout(() => release(form), DOUBLE_CLICK_MS);
}

function release(form) {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled');
}

function element(name, className, text = '') {
  const created = document.createElement(name);
  created.className = className;
  created.textContent = text;
  return created;
}
