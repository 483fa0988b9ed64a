/** Providers that many people have their mailbox at. One slip away from one of these is probably meant to be it. */
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

/** Shorter names are too like each other: "gmx.ch" is no slip. */
const MIN_DOMAIN_LENGTH = 8;

/** The address that was probably meant, if the domain is one slip away from a well-known one; else null. */
export function suggestAddress(address: string): string | null {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).toLowerCase();
  if (COMMON_DOMAINS.includes(domain)) return null;
  const meant = COMMON_DOMAINS.find(
    (known) => known.length >= MIN_DOMAIN_LENGTH && isOneEditApart(domain, known),
  );
  return meant ? `${address.slice(0, at)}@${meant}` : null;
}

/** Whether one letter is missing, too many, wrong, or has changed places with its neighbour. */
function isOneEditApart(typed: string, meant: string): boolean {
  if (Math.abs(typed.length - meant.length) > 1) return false;
  let start = 0;
  while (start < meant.length && typed[start] === meant[start]) start += 1;
  const restTyped = typed.slice(start);
  const restMeant = meant.slice(start);
  const swapped = `${restTyped[1] ?? ''}${restTyped[0] ?? ''}${restTyped.slice(2)}`;
  return (
    restTyped.slice(1) === restMeant ||
    restTyped === restMeant.slice(1) ||
    restTyped.slice(1) === restMeant.slice(1) ||
    swapped === restMeant
  );
}
