import { normaliseAddress } from '../platform/text/address.ts';
import { removeInvisible } from '../platform/text/text.ts';

// Text on both sides of an @, even if it isn't a valid address.
const ADDRESS_LIKE = /[^\s<>()[\]{},;:|"“”„«»‹›\\]+@[^\s<>()[\]{},;:|"“”„«»‹›\\@]+/gu;

/** The texts of a cell that look like addresses, as they are written. */
export function findAddresses(cell: string): string[] {
  return [...removeInvisible(cell).matchAll(ADDRESS_LIKE)].map(([text]) => text.replace(/[.!?'’]+$/u, ''));
}

/** A form of an address-like text in which equal addresses are equal. */
export function addressKey(text: string): string {
  return (normaliseAddress(text) ?? text).toLowerCase();
}

/** Splits a cell with several addresses, such as `a@x.org; Ann <b@x.org>`. A cell with one or none is left as it is. */
export function splitAddresses(cell: string): string[] {
  const addresses = findAddresses(cell);
  if (addresses.length < 2) return [cell];
  const parts = cell.split(/[;,|\n]/).filter((part) => part.includes('@'));
  return parts.length === addresses.length ? parts.map((part) => part.trim()) : addresses;
}
