// A checkbox that selects all rows of the page. Without JavaScript, rows are selected one by one, or all matching ones.
document.addEventListener('change', ({ target }) => {
  const name = target.dataset?.selectAll;
  if (name === undefined) return;
  for (const box of target.form.querySelectorAll(`input[name="${name}"]`)) box.checked = target.checked;
});
