// Types a suggestion into its field, as if by hand. Without it the suggestion is read and typed.
document.addEventListener('click', ({ target }) => {
  const name = target.dataset?.takeOver;
  if (name === undefined) return;
  const field = document.getElementById(name);
  field.value = target.value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.focus();
});
