import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { config } from '../platform/config/config.ts';

/** Finds a host's addresses, as the system does. */
export type ResolveHost = (
  host: string,
  options: { all: true },
  answer: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

// Names that mean this machine or this network, wherever they lead.
const PRIVATE_HOSTNAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa|onion)$/i;
// Everything in IPv6 that is routed on the internet.
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** An address that is no other system's on the internet. */
export class PrivateEndpoint extends Error {
  constructor(host: string) {
    super(`${host} is not on the internet`);
  }
}

/** Why nothing is sent to this web address, in words, or null. What its name leads to is looked at when it is called. */
export function endpointUrlError(typed: string, allowPrivate = config.webhooksAllowPrivate): string | null {
  if (!URL.canParse(typed)) return 'Type a whole web address, such as https://example.org/hooks';
  const url = new URL(typed);
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    return 'The address must begin with https://';
  if (url.username || url.password) return 'Leave out the name and password; each message is signed';
  if (url.hash) return 'Leave out what follows #';
  return allowPrivate || isPublicHost(url.hostname) ? null : 'This address is not on the internet';
}

/** Whether an IP address is one of the internet: no private, shared, local, mapped or reserved one. */
export function isPublicIp(ip: string): boolean {
  if (!isIP(ip)) return false;
  const address = ipaddr.parse(ip);
  if (address.range() !== 'unicast') return false;
  return !(address instanceof ipaddr.IPv6) || address.match(GLOBAL_IPV6);
}

/**
 * Looks a name up for a connection that is made at once to what was found: no name can lead elsewhere between the check
 * and the call. One inner address among them refuses all.
 */
export function publicLookup(
  resolve: ResolveHost = lookup,
  allowPrivate = config.webhooksAllowPrivate,
): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const [first] = found;
      const isPrivate = !allowPrivate && !found.every(({ address }) => isPublicIp(address));
      if (!first || isPrivate) return callback(new PrivateEndpoint(host), '', 0);
      if (options.all) return callback(null, found);
      callback(null, first.address, first.family);
    });
  };
}

// The parser of web addresses has written decimal, octal and hexadecimal ones as the usual four numbers.
function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host)) return isPublicIp(host);
  return host.includes('.') && !PRIVATE_HOSTNAME.test(host);
}
