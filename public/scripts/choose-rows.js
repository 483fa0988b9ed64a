// Ticks or unticks every row of a page. Without it each row is ticked by itself, or all that match are meant.
document.addEventListener('change', ({ target }) => {
  const name = target.dataset?.chooseAll;
  if (name === undefined) return;
  for (const box of target.form.querySelectorAll(`input[name="${name}"]`)) box.checked = target.checked;
});
