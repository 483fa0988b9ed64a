// A button that puts a suggestion into a field and fires its input event. Without JavaScript, people type it.
document.addEventListener('click', ({ target }) => {
  const name = target.dataset?.useSuggestion;
  if (name === undefined) return;
  const field = document.getElementById(name);
  field.value = target.value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.focus();
});
