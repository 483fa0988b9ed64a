/** How a provider's addresses map to mailboxes. */
type ProviderRules = Readonly<{
  /** Equivalent domains; the first is the canonical one. */
  domains: readonly [string, ...string[]];
  /** Maps equivalent local parts to one spelling. */
  canonicalise?: (name: string) => string;
  /** A tag separator in addition to `+`. */
  extraTagSeparator?: '-';
  /** Whether `anything@name.provider` is delivered to `name@provider`. */
  hasSubdomains?: boolean;
}>;

const withoutDots = (name: string) => name.replaceAll('.', '');

// Not Microsoft: name@outlook.com and name@hotmail.com are different mailboxes, and dots are significant there.
const providerRules: readonly ProviderRules[] = [
  { domains: ['gmail.com', 'googlemail.com'], canonicalise: withoutDots },
  { domains: ['icloud.com', 'me.com', 'mac.com'] },
  {
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    canonicalise: (name) => name.replaceAll(/[._-]/g, ''),
  },
  {
    domains: [
      'yandex.ru',
      'yandex.com',
      'yandex.by',
      'yandex.kz',
      'yandex.ua',
      'yandex.com.tr',
      'ya.ru',
      'narod.ru',
    ],
    canonicalise: (name) => name.replaceAll('.', '-'),
  },
  { domains: ['fastmail.com'], hasSubdomains: true },
  { domains: ['fastmail.fm'], hasSubdomains: true },
  ...['ymail.com', 'rocketmail.com', 'myyahoo.com'].map(yahooRules),
];

// Each Yahoo domain has its own mailboxes; all use the same tag separator.
function yahooRules(domain: string): ProviderRules {
  return { domains: [domain], extraTagSeparator: '-' };
}

/**
 * A key that is equal for all addresses of one mailbox: ignores case, tags, Gmail's dots and a provider's alternative
 * domains. Only for comparison; never send mail to it.
 */
export function mailboxOf(address: string): string {
  const { name, domain, rules } = parseAddress(address);
  const untagged = stripTag(name, rules?.extraTagSeparator);
  return `${rules?.canonicalise?.(untagged) ?? untagged}@${rules?.domains[0] ?? domain}`;
}

export function isSameMailbox(address: string, other: string): boolean {
  return mailboxOf(address) === mailboxOf(other);
}

/** All domains that the address's mailbox can be written with, to find its other spellings. */
export function mailboxDomains(address: string): string[] {
  const { domain, rules } = parseAddress(address);
  if (rules === null) return [domain];
  const [name = ''] = mailboxOf(address).split('@');
  return rules.hasSubdomains ? [...rules.domains, `${name}.${rules.domains[0]}`] : [...rules.domains];
}

function parseAddress(address: string): { name: string; domain: string; rules: ProviderRules | null } {
  const at = address.lastIndexOf('@');
  const name = address.slice(0, at).toLowerCase();
  const domain = address.slice(at + 1).toLowerCase();
  const rules = /^yahoo(\.[a-z]{2,3}){1,2}$/.test(domain)
    ? yahooRules(domain)
    : providerRules.find(({ domains }) => domains.includes(domain));
  if (rules) return { name, domain, rules };
  const [first = '', ...rest] = domain.split('.');
  const parent = rest.join('.');
  const parentRules = providerRules.find(
    ({ domains, hasSubdomains }) => hasSubdomains && domains.includes(parent),
  );
  return parentRules ? { name: first, domain: parent, rules: parentRules } : { name, domain, rules: null };
}

/** Removes the tag. A name that begins with a separator is left unchanged. */
function stripTag(name: string, extraSeparator: '-' | undefined): string {
  const positions = ['+', extraSeparator].flatMap((separator) =>
    separator === undefined ? [] : [name.indexOf(separator)],
  );
  const first = Math.min(...positions.filter((position) => position > 0));
  return Number.isFinite(first) ? name.slice(0, first) : name;
}
