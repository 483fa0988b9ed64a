// Rates a new password while it is typed. The server applies the same rules (src/accounts/password.ts).
const MIN_LENGTH = 12;
const MAX_LENGTH = 200;
const DEBOUNCE_MS = 250;

for (const meter of document.querySelectorAll('[data-strength]')) setUp(meter);

function setUp(meter) {
  const field = document.getElementById(meter.dataset.strength);
  const bar = meter.querySelector('.strength-bar');
  const texts = JSON.parse(meter.dataset.texts);
  const description = meter.querySelector('.strength-words');
  let guesser = null;
  let timeout;

  const update = () => {
    const { level, text } = ratePassword(field.value, personalWords(meter, field.form), guesser, texts);
    meter.dataset.level = level;
    const isEmpty = field.value === '';
    bar.hidden = isEmpty;
    description.textContent = isEmpty ? '' : text;
  };
  // The lists of common passwords are large, so they are loaded only when needed.
  const load = async () => {
    guesser = (await import('./password-guesser.js')).guesser;
    update();
  };

  field.addEventListener('focus', () => load().catch(() => {}), { once: true });
  field.addEventListener('input', () => {
    clearTimeout(timeout);
    timeout = setTimeout(update, DEBOUNCE_MS);
  });
  if (document.activeElement === field) load().catch(() => {});
}

function ratePassword(password, personal, guesser, texts) {
  const missing = MIN_LENGTH - password.length;
  if (missing > 0) return { level: 1, text: texts.tooShort.replace('{missing}', missing) };
  if (password.length > MAX_LENGTH) return { level: 1, text: texts.tooLong };
  if (isPersonal(password, personal)) return { level: 1, text: texts.personal };
  if (guesser === null) return { level: 2, text: texts.longEnough };
  const { score } = guesser.check(
    password,
    personal.flatMap((text) => [text, ...text.split(/[\s@.]+/)]),
  );
  return { level: Math.max(1, score), text: texts[`score${score}`] };
}

/** The person's address and name, which an attacker would try first. */
function personalWords(meter, form) {
  const values = ['email', 'name'].map((name) => form?.elements.namedItem(name)?.value);
  return [meter.dataset.email, ...values].filter((text) => typeof text === 'string' && text !== '');
}

function isPersonal(password, personal) {
  const lower = password.toLowerCase();
  const words = personal.map((text) => text.toLowerCase()).filter((text) => text.length >= 4);
  return words.some((text) => lower === text || lower.replaceAll(/\d/g, '') === text);
}
