import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { config } from '../platform/config/config.ts';
import { t } from '../platform/i18n/i18n.ts';

/** Resolves a host name to its IP addresses; same signature as `dns.lookup`. */
export type ResolveHost = (
  host: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

// Names that refer to this machine or this network, whatever they resolve to.
const PRIVATE_HOSTNAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa|onion)$/i;
// All of IPv6 that is routed on the internet.
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** A host that resolves to an address outside the public internet. */
export class PrivateEndpoint extends Error {
  constructor(host: string) {
    super(`${host} is not on the internet`);
  }
}

/** Why this URL can't be an endpoint, for people, or null. The host's IP addresses are checked later, in `publicLookup`. */
export function findEndpointUrlError(
  input: string,
  allowPrivate = config.webhooksAllowPrivate,
): string | null {
  if (!URL.canParse(input)) return t('webhooks:address.incomplete');
  const url = new URL(input);
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    return t('webhooks:address.protocol');
  if (url.username || url.password) return t('webhooks:address.password');
  if (url.hash) return t('webhooks:address.fragment');
  return allowPrivate || isPublicHost(url.hostname) ? null : t('webhooks:address.private');
}

/** Whether an IP address is on the public internet: not private, shared, local, mapped or reserved. */
export function isPublicIp(ip: string): boolean {
  if (!isIP(ip)) return false;
  const address = ipaddr.parse(ip);
  if (address.range() !== 'unicast') return false;
  return !(address instanceof ipaddr.IPv6) || address.match(GLOBAL_IPV6);
}

/**
 * A `lookup` function for `http.request` that refuses hosts with any private address. The connection uses the addresses
 * that were checked, so DNS rebinding can't redirect it.
 */
export function publicLookup(
  resolve: ResolveHost = lookup,
  allowPrivate = config.webhooksAllowPrivate,
): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const [first] = addresses;
      const isPrivate = !allowPrivate && !addresses.every(({ address }) => isPublicIp(address));
      if (!first || isPrivate) return callback(new PrivateEndpoint(host), '', 0);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

// The URL parser has already converted decimal, octal and hexadecimal IPv4 addresses to the usual four numbers.
function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host)) return isPublicIp(host);
  return host.includes('.') && !PRIVATE_HOSTNAME.test(host);
}
