/** How a provider spells one mailbox in several ways. */
type ProviderRules = Readonly<{
  /** All lead to the same mailbox; the first stands for them. */
  domains: readonly [string, ...string[]];
  /** What is the same whether it is written or not, or however. */
  canonicalise?: (name: string) => string;
  /** What begins a tag beside `+`. */
  extraTagSeparator?: '-';
  /** Whether `anything@name.provider` reaches `name@provider`. */
  hasSubdomains?: boolean;
}>;

const withoutDots = (name: string) => name.replaceAll('.', '');

// Microsoft's domains are not here: name@outlook.com and name@hotmail.com are two people, and their dots count.
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

// Its domains, one or more a country, are mailboxes of their own; their tags are alike.
function yahooRules(domain: string): ProviderRules {
  return { domains: [domain], extraTagSeparator: '-' };
}

/**
 * What is the same for all addresses that lead to one mailbox: case, tags, the dots of Gmail and the other domains of a
 * provider put aside. It is for comparing, never for writing to.
 */
export function mailboxOf(address: string): string {
  const { name, domain, spelling: rules } = parseAddress(address);
  const untagged = stripTag(name, rules?.extraTagSeparator);
  return `${rules?.canonicalise?.(untagged) ?? untagged}@${rules?.domains[0] ?? domain}`;
}

export function isSameMailbox(one: string, other: string): boolean {
  return mailboxOf(one) === mailboxOf(other);
}

/** All domains under which the mailbox of an address can be written: where to look for its other spellings. */
export function mailboxDomains(address: string): string[] {
  const { domain, spelling: rules } = parseAddress(address);
  if (rules === null) return [domain];
  const [name = ''] = mailboxOf(address).split('@');
  return rules.hasSubdomains ? [...rules.domains, `${name}.${rules.domains[0]}`] : [...rules.domains];
}

function parseAddress(address: string): { name: string; domain: string; spelling: ProviderRules | null } {
  const at = address.lastIndexOf('@');
  const name = address.slice(0, at).toLowerCase();
  const domain = address.slice(at + 1).toLowerCase();
  const spelling = /^yahoo(\.[a-z]{2,3}){1,2}$/.test(domain)
    ? yahooRules(domain)
    : providerRules.find(({ domains }) => domains.includes(domain));
  if (spelling) return { name, domain, spelling };
  const [first = '', ...rest] = domain.split('.');
  const parent = rest.join('.');
  const parentRules = providerRules.find(
    ({ domains, hasSubdomains }) => hasSubdomains && domains.includes(parent),
  );
  return parentRules
    ? { name: first, domain: parent, spelling: parentRules }
    : { name, domain, spelling: null };
}

/** A name that would begin with its tag is left as it is. */
function stripTag(name: string, extraSeparator: '-' | undefined): string {
  const positions = ['+', extraSeparator].flatMap((sign) => (sign === undefined ? [] : [name.indexOf(sign)]));
  const first = Math.min(...positions.filter((place) => place > 0));
  return Number.isFinite(first) ? name.slice(0, first) : name;
}
