// Shows a button for the device's share sheet, if it has one.
for (const button of document.querySelectorAll('[data-share]')) {
  const { share: url, shareTitle: title, shareText: text } = button.dataset;
  const data = { url, title, text };
  if (!navigator.share || (navigator.canShare && !navigator.canShare(data))) continue;
  // Rejects when the person closes the sheet.
  button.addEventListener('click', () => navigator.share(data).catch(() => {}));
  button.hidden = false;
}
