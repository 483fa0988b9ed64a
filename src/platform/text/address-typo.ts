/** Domains of large mail providers. A domain that is one typo away from one of these is probably meant to be it. */
const COMMON_DOMAINS = [
  'gmail.com',
  'googlemail.com',
  'yahoo.com',
  'yahoo.co.uk',
  'yahoo.co.in',
  'ymail.com',
  'hotmail.com',
  'hotmail.co.uk',
  'outlook.com',
  'live.com',
  'msn.com',
  'icloud.com',
  'me.com',
  'mac.com',
  'aol.com',
  'mail.com',
  'email.com',
  'gmx.com',
  'gmx.de',
  'gmx.net',
  'web.de',
  'proton.me',
  'protonmail.com',
  'rediffmail.com',
  'btinternet.com',
  'comcast.net',
  'verizon.net',
];

/** Shorter domains are too similar to each other: gmx.ch is not a typo of gmx.de. */
const MIN_DOMAIN_LENGTH = 8;

/** Suggests a correction if the domain is one typo away from a well-known one; otherwise null. */
export function suggestAddress(address: string): string | null {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).toLowerCase();
  if (COMMON_DOMAINS.includes(domain)) return null;
  const suggestion = COMMON_DOMAINS.find(
    (known) => known.length >= MIN_DOMAIN_LENGTH && isOneEditApart(domain, known),
  );
  return suggestion ? `${address.slice(0, at)}@${suggestion}` : null;
}

/** Whether one character is missing, extra, wrong, or swapped with the next one. */
function isOneEditApart(typed: string, known: string): boolean {
  if (Math.abs(typed.length - known.length) > 1) return false;
  let start = 0;
  while (start < known.length && typed[start] === known[start]) start += 1;
  const restTyped = typed.slice(start);
  const restKnown = known.slice(start);
  const swapped = `${restTyped[1] ?? ''}${restTyped[0] ?? ''}${restTyped.slice(2)}`;
  return (
    restTyped.slice(1) === restKnown ||
    restTyped === restKnown.slice(1) ||
    restTyped.slice(1) === restKnown.slice(1) ||
    swapped === restKnown
  );
}
