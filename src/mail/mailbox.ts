/** How a provider spells one mailbox in several ways. */
type Spelling = Readonly<{
  /** All lead to the same mailbox; the first stands for them. */
  domains: readonly [string, ...string[]];
  /** What is the same whether it is written or not, or however. */
  fold?: (name: string) => string;
  /** What begins a tag beside `+`. */
  tag?: '-';
  /** Whether `anything@name.provider` reaches `name@provider`. */
  hasSubdomains?: boolean;
}>;

const withoutDots = (name: string) => name.replaceAll('.', '');

// Microsoft's domains are not here: name@outlook.com and name@hotmail.com are two people, and their dots count.
const spellings: readonly Spelling[] = [
  { domains: ['gmail.com', 'googlemail.com'], fold: withoutDots },
  { domains: ['icloud.com', 'me.com', 'mac.com'] },
  {
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    fold: (name) => name.replaceAll(/[._-]/g, ''),
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
    fold: (name) => name.replaceAll('.', '-'),
  },
  { domains: ['fastmail.com'], hasSubdomains: true },
  { domains: ['fastmail.fm'], hasSubdomains: true },
  ...['ymail.com', 'rocketmail.com', 'myyahoo.com'].map(yahoo),
];

// Its domains, one or more a country, are mailboxes of their own; their tags are alike.
function yahoo(domain: string): Spelling {
  return { domains: [domain], tag: '-' };
}

/**
 * What is the same for all addresses that lead to one mailbox: case, tags, the dots of Gmail and the other domains of a
 * provider put aside. It is for comparing, never for writing to.
 */
export function mailboxOf(address: string): string {
  const { name, domain, spelling } = partsOf(address);
  const untagged = withoutTag(name, spelling?.tag);
  return `${spelling?.fold?.(untagged) ?? untagged}@${spelling?.domains[0] ?? domain}`;
}

export function isSameMailbox(one: string, other: string): boolean {
  return mailboxOf(one) === mailboxOf(other);
}

/** All domains under which the mailbox of an address can be written: where to look for its other spellings. */
export function domainsOfMailbox(address: string): string[] {
  const { domain, spelling } = partsOf(address);
  if (spelling === null) return [domain];
  const [name = ''] = mailboxOf(address).split('@');
  return spelling.hasSubdomains
    ? [...spelling.domains, `${name}.${spelling.domains[0]}`]
    : [...spelling.domains];
}

function partsOf(address: string): { name: string; domain: string; spelling: Spelling | null } {
  const at = address.lastIndexOf('@');
  const name = address.slice(0, at).toLowerCase();
  const domain = address.slice(at + 1).toLowerCase();
  const spelling = /^yahoo(\.[a-z]{2,3}){1,2}$/.test(domain)
    ? yahoo(domain)
    : spellings.find(({ domains }) => domains.includes(domain));
  if (spelling) return { name, domain, spelling };
  const [first = '', ...rest] = domain.split('.');
  const parent = rest.join('.');
  const above = spellings.find(({ domains, hasSubdomains }) => hasSubdomains && domains.includes(parent));
  return above ? { name: first, domain: parent, spelling: above } : { name, domain, spelling: null };
}

/** A name that would begin with its tag is left as it is. */
function withoutTag(name: string, alsoTag: '-' | undefined): string {
  const places = ['+', alsoTag].flatMap((sign) => (sign === undefined ? [] : [name.indexOf(sign)]));
  const first = Math.min(...places.filter((place) => place > 0));
  return Number.isFinite(first) ? name.slice(0, first) : name;
}
