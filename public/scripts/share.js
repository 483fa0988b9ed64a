// The share sheet of the device, where it has one. The other ways work without.
for (const button of document.querySelectorAll('[data-share]')) {
  const { share: url, shareTitle: title, shareText: text } = button.dataset;
  const whole = { url, title, text };
  if (!navigator.share || (navigator.canShare && !navigator.canShare(whole))) continue;
  // Whoever closes the sheet has changed their mind: nothing to say.
  button.addEventListener('click', () => navigator.share(whole).catch(() => {}));
  button.hidden = false;
}
