// Says while typing whether a new password will do. The server decides by the same rules (src/accounts/password.ts).
const SHORTEST = 12;
const LONGEST = 200;
const PAUSE_MS = 250;

const verdicts = [
  'Too easy to guess: add a word or two.',
  'Too easy to guess: add a word or two.',
  'This will do. One more word makes it stronger.',
  'Good.',
  'Strong.',
];

for (const meter of document.querySelectorAll('[data-strength]')) setUp(meter);

function setUp(meter) {
  const field = document.getElementById(meter.dataset.strength);
  const bar = meter.querySelector('.strength-bar');
  const words = meter.querySelector('.strength-words');
  let guesser = null;
  let pause;

  const judge = () => {
    const { level, text } = verdictOn(field.value, ownWords(meter, field.form), guesser);
    meter.dataset.level = level;
    const nothing = field.value === '';
    bar.hidden = nothing;
    words.textContent = nothing ? '' : text;
  };
  // The lists of common passwords are large: nobody loads them before choosing one.
  const load = async () => {
    guesser = (await import('./password-guesser.js')).guesser;
    judge();
  };

  field.addEventListener('focus', () => load().catch(() => {}), { once: true });
  field.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(judge, PAUSE_MS);
  });
  if (document.activeElement === field) load().catch(() => {});
}

function verdictOn(password, own, guesser) {
  const missing = SHORTEST - password.length;
  if (missing > 0)
    return { level: 1, text: `${missing} more ${missing === 1 ? 'character' : 'characters'} needed.` };
  if (password.length > LONGEST) return { level: 1, text: `Too long: use at most ${LONGEST} characters.` };
  if (isOwn(password, own)) return { level: 1, text: 'Choose a password that is not your address or name.' };
  if (guesser === null) return { level: 2, text: 'Long enough.' };
  const { score } = guesser.check(
    password,
    own.flatMap((text) => [text, ...text.split(/[\s@.]+/)]),
  );
  return { level: Math.max(1, score), text: verdicts[score] };
}

/** The address and the name of whoever chooses: the first things that somebody else would try. */
function ownWords(meter, form) {
  const typed = ['email', 'name'].map((name) => form?.elements.namedItem(name)?.value);
  return [meter.dataset.email, ...typed].filter((text) => typeof text === 'string' && text !== '');
}

function isOwn(password, own) {
  const lower = password.toLowerCase();
  const words = own.map((text) => text.toLowerCase()).filter((text) => text.length >= 4);
  return words.some((text) => lower === text || lower.replaceAll(/\d/g, '') === text);
}
